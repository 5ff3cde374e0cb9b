//! AES-256-GCM with a fresh random nonce before each ciphertext.

use aes_gcm::aead::{Aead, Generate, KeyInit, Nonce, Payload};
use aes_gcm::{Aes256Gcm, Key};
use zeroize::Zeroizing;

/// Bytes of a nonce, which stands before its ciphertext.
pub(crate) const NONCE: usize = 12;

/// A key, expanded for use.
///
/// Random nonces are safe for 2^32 fields a key (NIST SP 800-38D, 8.3); a content key lives one month of one author in
/// one room.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    /// Expands a key.
    pub(crate) fn new(material: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(&Key::<Aes256Gcm>::from(*material)))
    }

    /// Nonce and ciphertext of `plain`, bound to `place`.
    pub(crate) fn seal(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        let nonce = Nonce::<Aes256Gcm>::generate();
        let ciphertext = self.0.encrypt(&nonce, Payload { msg: plain, aad: place });
        let ciphertext = ciphertext.expect("AES-GCM encrypts anything under 64 GiB");
        [nonce.as_slice(), &ciphertext].concat()
    }

    /// What was sealed at `place`; nothing if key, place or ciphertext are others.
    pub(crate) fn open(&self, boxed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = boxed.split_at_checked(NONCE)?;
        let nonce = Nonce::<Aes256Gcm>::try_from(nonce).ok()?;
        self.0.decrypt(&nonce, Payload { msg: ciphertext, aad: place }).ok()
    }
}

/// A new random key.
pub(crate) fn random() -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Key::<Aes256Gcm>::generate().into())
}

/// What binds a wrapped key to its name and to the key that wraps it.
pub(crate) fn wrapping(name: &str, wrapper: &str) -> Vec<u8> {
    format!("wrap\n{name}\n{wrapper}").into_bytes()
}
