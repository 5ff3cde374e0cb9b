//! Passwords as people type them, and which may be chosen.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use api_kit::Problem;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// Fewest bytes of a password. Source: NIST SP 800-63B, section 5.1.1.2.
const LEAST_BYTES: usize = 8;

/// Most bytes of a password: enough for any phrase, too few to make hashing costly.
const MOST_BYTES: usize = 1024;

/// Well-known passwords of at least [`LEAST_BYTES`], in lower case: what guessing starts with.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// A password as typed. Nothing prints it, and its memory is cleared.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(from = "String")]
#[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Refuses what may not be chosen: too short, too long, or among the common ones. `pointer` is its field.
    pub(crate) fn may_be_chosen(&self, pointer: &'static str) -> Result<(), Problem> {
        let invalid = |detail: String| Err(Problem::invalid(pointer, detail));
        match self.0.len() {
            bytes if bytes < LEAST_BYTES => invalid(format!("{bytes} bytes where at least {LEAST_BYTES} are needed")),
            bytes if bytes > MOST_BYTES => invalid(format!("{bytes} bytes where at most {MOST_BYTES} are allowed")),
            _ if COMMON.contains(self.0.to_lowercase().as_str()) => {
                invalid("is among the most common passwords: the first that anybody tries".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_be_chosen(text: &str) -> bool {
        Password::from(text.to_owned()).may_be_chosen("/password").is_ok()
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        assert!(may_be_chosen("unheard-of"));
        assert!(may_be_chosen("ünhürd")); // bytes are counted, not characters
        assert!(!may_be_chosen("ünhür"));
        assert!(may_be_chosen(&"x".repeat(1024)));
        assert!(!may_be_chosen(&"x".repeat(1025)));
        assert!(!may_be_chosen("password1"));
        assert!(!may_be_chosen("PassWord1"));
        assert!(!may_be_chosen("12345678"));
    }

    #[test]
    fn the_list_is_sorted_in_lower_case_and_holds_nothing_too_short() {
        let lines: Vec<_> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.is_sorted() && lines.len() > 2000);
        assert!(lines.iter().all(|line| line.len() >= LEAST_BYTES && line.to_lowercase() == *line));
    }

    #[test]
    fn a_password_is_not_printed() {
        assert_eq!(format!("{:?}", Password::from("unheard-of".to_owned())), "Password");
    }
}
