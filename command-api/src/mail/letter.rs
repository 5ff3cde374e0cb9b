//! What is written. In ASCII and short lines, so that it travels as it is.

use crate::accounts::Purpose;

/// A letter to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Their email, as they typed it.
    pub to: String,
    /// Its subject.
    pub subject: &'static str,
    /// Its text.
    pub text: String,
}

impl Letter {
    /// The letter with a link. `public_url` is where people reach this server, without a slash at its end.
    pub(super) fn with_link(to: String, purpose: Purpose, public_url: &str, link: &str) -> Self {
        match purpose {
            Purpose::Reset => Self {
                to,
                subject: "A new password",
                text: format!(
                    "Somebody, perhaps you, wants a new password for your account at\n\
                     {public_url}\n\n\
                     To choose one, open this within 30 minutes:\n\n\
                     {public_url}/password-resets/{link}\n\n\
                     Whoever has this link can take over your account: keep it to yourself.\n\
                     If it was not you, there is nothing to do: your password stays.\n"
                ),
            },
            Purpose::Verify => Self {
                to,
                subject: "Is this your address?",
                text: format!(
                    "Your account at\n\
                     {public_url}\n\
                     has this address. To confirm that it is yours, open this within 30 minutes:\n\n\
                     {public_url}/verification/{link}\n\n\
                     If it was not you who gave this address, there is nothing to do.\n"
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_holds_its_link_in_a_line_of_its_own() {
        for (purpose, below) in [(Purpose::Reset, "password-resets"), (Purpose::Verify, "verification")] {
            let letter = Letter::with_link("ada@example.org".into(), purpose, "https://chat.example", "hr1_x");
            let link = format!("https://chat.example/{below}/hr1_x");
            assert!(letter.text.lines().any(|line| line == link), "{}", letter.text);
            assert!(letter.text.is_ascii() && letter.text.lines().all(|line| line.len() < 78));
        }
    }
}
