//! Where receipts of erasures are found: an address that tells nothing and that nobody guesses.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event_store::{KeyError, Keyring};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The key, among the instance's secrets, of the tokens of receipts.
const ERASURES: &str = "instance/erasures";

/// Makes and checks the tokens in the addresses of receipts: HMAC-SHA256 of the receipt's id, keyed by a secret of the
/// instance. So none is stored, and every process knows them all.
#[derive(Clone)]
pub struct ErasureKey(Zeroizing<[u8; 32]>);

impl ErasureKey {
    /// The instance's.
    pub async fn of(keyring: &Keyring) -> Result<Self, KeyError> {
        keyring.instance_secret(ERASURES).await.map(Self)
    }

    /// Where the receipt of an erasure is found.
    pub fn address(&self, id: Uuid) -> String {
        format!("/v1/erasures/{id}?token={}", URL_SAFE_NO_PAD.encode(self.mac(id).finalize().into_bytes()))
    }

    /// Whether `token` is that of the receipt, in the same time whatever it is.
    pub fn opens(&self, id: Uuid, token: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| self.mac(id).verify_slice(&token).is_ok())
    }

    fn mac(&self, id: Uuid) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.0).expect("an HMAC takes keys of any length");
        mac.chain_update(id)
    }
}

impl fmt::Debug for ErasureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasureKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_opens_with_its_own_token_alone() {
        let (key, other) = (ErasureKey(Zeroizing::new([7; 32])), ErasureKey(Zeroizing::new([8; 32])));
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let address = key.address(one);
        let token = address.strip_prefix(&format!("/v1/erasures/{one}?token=")).unwrap();
        assert_eq!(token.len(), 43);
        assert!(key.opens(one, token));
        assert!(!key.opens(two, token) && !other.opens(one, token));
        for wrong in ["", "x", &token[..42], &format!("{token}A"), &token.to_uppercase()] {
            assert!(!key.opens(one, wrong), "{wrong}");
        }
        assert_eq!(format!("{key:?}"), "ErasureKey");
    }
}
