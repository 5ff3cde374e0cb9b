//! Keys that sign heads, and those that verify them (C2SP signed-note, Ed25519).

use ed25519_dalek::SigningKey;
use signed_note::{StandardVerifier, new_ed25519_verifier_key};
use zeroize::Zeroizing;

/// The keys that sign, the newest first.
#[derive(Clone)]
pub struct SigningKeys(Vec<(u32, SigningKey)>);

/// The signing key file has another form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the signing key is not VERSION:64 HEX DIGITS, or its version is there already")]
pub struct BadSigningKey {
    /// Counted from 1.
    pub line: usize,
}

impl SigningKeys {
    /// Keys from lines of `VERSION:64 HEX DIGITS`.
    pub fn parse(text: &str) -> Result<Self, BadSigningKey> {
        let mut keys: Vec<(u32, SigningKey)> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let bad = || BadSigningKey { line: number };
            let (version, seed) = line.trim().split_once(':').ok_or_else(bad)?;
            let version = version.parse().map_err(|_| bad())?;
            let mut bytes = Zeroizing::new([0; 32]);
            hex::decode_to_slice(seed, &mut *bytes).map_err(|_| bad())?;
            if keys.iter().any(|(other, _)| *other == version) {
                return Err(bad());
            }
            keys.push((version, SigningKey::from_bytes(&bytes)));
        }
        if keys.is_empty() {
            return Err(BadSigningKey { line: 1 });
        }
        keys.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        Ok(Self(keys))
    }

    /// Lines of keys with one more, whose version is the greatest.
    pub fn added(text: &str, seed: [u8; 32]) -> Result<String, BadSigningKey> {
        let newest = if text.is_empty() { 0 } else { Self::parse(text)?.0[0].0 };
        Ok(format!("{}{}:{}\n", lines(text), newest + 1, hex::encode(Zeroizing::new(seed).as_slice())))
    }

    /// The keys that verify, under the name of an origin.
    pub fn verifiers(&self, origin: &str) -> Vec<VerifierKey> {
        self.iter().map(|key| VerifierKey(new_ed25519_verifier_key(origin, &key.verifying_key()))).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().map(|(_, key)| key)
    }
}

/// The text, its last line ended.
fn lines(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// A C2SP vkey: `name+hash+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey(pub String);

impl VerifierKey {
    pub(crate) fn verifier(&self) -> Option<StandardVerifier> {
        StandardVerifier::new(self.0.trim()).ok()
    }
}
