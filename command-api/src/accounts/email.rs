//! Emails as claims: unique, and not to be read from the database.

use domain::text;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What an email is claimed by: HMAC-SHA256 of its folded form, keyed by a secret of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailDigest([u8; 32]);

impl EmailDigest {
    pub(super) fn of(key: &[u8; 32], email: &str) -> Self {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("an HMAC takes keys of any length");
        Self(mac.chain_update(text::folded_email(email.trim())).finalize().into_bytes().into())
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whose receipts count before there is an account.
    pub(crate) fn scope(&self) -> String {
        format!("email/{}", hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_surrounding_spaces_make_no_other_email() {
        let digest = |email| EmailDigest::of(&[7; 32], email);
        assert_eq!(digest("Ada@Example.org"), digest(" ada@example.ORG "));
        assert_eq!(digest("ÄDA@example.org"), digest("äda@example.org"));
        assert_ne!(digest("ada@example.org"), digest("ada@example.com"));
        assert_ne!(digest("ada@example.org"), EmailDigest::of(&[8; 32], "ada@example.org"));
    }
}
