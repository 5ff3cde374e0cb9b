//! What is mailed to prove that its reader reads the mail of an account.
//!
//! A link holds whose it is and what it was made for, and a MAC that nobody else can make. Nothing is stored until it is
//! used: whoever asks for one, who may be a stranger, neither lengthens the account's stream nor moves its version, from
//! which others could see that the address is theirs. That it is used once is the account's to say:
//! [`domain::user::MailProof`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::UserId;
use domain::user::MailProof;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;
use uuid::Uuid;

/// Bytes before the MAC: 16 of the user's id, 4 and 4 of the generations, 8 of the end in seconds since 1970.
const PROVED: usize = 32;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To choose a new password.
    Reset,
    /// To verify the email.
    Verify,
}

impl Purpose {
    /// What its links begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Reset => "hr1_",
            Self::Verify => "hv1_",
        }
    }
}

/// A link that is genuine, whether or not it still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Whose.
    pub(crate) user: UserId,
    /// What it proves.
    pub(crate) proof: MailProof,
}

impl Link {
    /// Its text, fit for an address.
    pub(crate) fn text(&self, purpose: Purpose, key: &[u8; 32]) -> String {
        let mut bytes = Vec::with_capacity(PROVED + 32);
        bytes.extend_from_slice(self.user.0.as_bytes());
        bytes.extend_from_slice(&self.proof.generation.to_be_bytes());
        bytes.extend_from_slice(&self.proof.email_generation.to_be_bytes());
        bytes.extend_from_slice(&self.proof.expires_at.unix_timestamp().to_be_bytes());
        let mac = mac(purpose, key, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        format!("{}{}", purpose.prefix(), URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a text; none of one that we did not make for this purpose.
    pub(crate) fn read(text: &str, purpose: Purpose, key: &[u8; 32]) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(purpose.prefix())?).ok()?;
        let (proved, given) = bytes.split_at_checked(PROVED)?;
        mac(purpose, key, proved).verify_slice(given).ok()?;
        let (user, rest) = proved.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (email_generation, end) = rest.split_first_chunk::<4>()?;
        let end = i64::from_be_bytes(*end.first_chunk::<8>()?);
        let proof = MailProof {
            generation: u32::from_be_bytes(*generation),
            email_generation: u32::from_be_bytes(*email_generation),
            expires_at: OffsetDateTime::from_unix_timestamp(end).ok()?,
        };
        Some(Self { user: UserId(Uuid::from_bytes(*user)), proof })
    }
}

fn mac(purpose: Purpose, key: &[u8; 32], proved: &[u8]) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("an HMAC takes keys of any length");
    mac.chain_update(purpose.prefix()).chain_update(proved)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn link() -> Link {
        let proof = MailProof { generation: 3, email_generation: 1, expires_at: datetime!(2025-03-01 12:30 UTC) };
        Link { user: UserId(Uuid::from_u128(0xa11ce)), proof }
    }

    #[test]
    fn a_link_reads_back_for_its_purpose_alone() {
        let text = link().text(Purpose::Reset, &KEY);
        assert_eq!(Link::read(&text, Purpose::Reset, &KEY), Some(link()));
        assert_eq!(Link::read(&text, Purpose::Verify, &KEY), None);
        assert_eq!(Link::read(&text.replace("hr1_", "hv1_"), Purpose::Verify, &KEY), None);
        assert_eq!(Link::read(&text, Purpose::Reset, &[8; 32]), None);
    }

    #[test]
    fn nothing_else_is_a_link() {
        let text = link().text(Purpose::Reset, &KEY);
        for at in 0..text.len() {
            for other in ['A', 'z', '_'] {
                let changed: String =
                    text.chars().enumerate().map(|(place, letter)| if place == at { other } else { letter }).collect();
                assert!(changed == text || Link::read(&changed, Purpose::Reset, &KEY).is_none(), "{changed}");
            }
        }
        for text in ["", "hr1_", "hr1_AAAA", &text[..text.len() - 1], &format!("{text}A")] {
            assert_eq!(Link::read(text, Purpose::Reset, &KEY), None, "{text}");
        }
    }
}
