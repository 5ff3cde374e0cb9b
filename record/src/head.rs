//! Signed heads of the tree: C2SP tlog-checkpoint, a signed note.

use ed25519_dalek::{SignatureError, Signer as _, SigningKey};
use signed_note::{Note, NoteError, Signer, Verifier, VerifierList, key_id};
use tlog_tiles::{Checkpoint, Hash, MalformedCheckpointError, check_tree};

use crate::{Edge, SigningKeys, VerifierKey};

/// How many leaves there are, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Names this history of the log; its verifier keys bear the same name.
    pub origin: String,
    /// Leaves: the position of the last event that is covered.
    pub size: u64,
    /// RFC 6962 root.
    pub root: [u8; 32],
}

/// A checkpoint says nothing that can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum BadHead {
    /// It is no signed note, or was not signed by any of the keys.
    #[error("the checkpoint's signature: {0}")]
    Signature(#[from] NoteError),
    /// What is signed is no checkpoint.
    #[error("what is signed is no checkpoint")]
    NoCheckpoint,
    /// A verifier key has another form.
    #[error("`{0}` is no verifier key: name+hash+key")]
    Key(String),
    /// It is of another log than its keys.
    #[error("the checkpoint is of `{found}`, the key of another")]
    Origin {
        /// Whose it is.
        found: String,
    },
}

impl From<MalformedCheckpointError> for BadHead {
    fn from(_: MalformedCheckpointError) -> Self {
        Self::NoCheckpoint
    }
}

impl Head {
    /// The checkpoint: the head, signed with each key.
    pub fn sign(&self, keys: &SigningKeys) -> Result<Vec<u8>, BadHead> {
        let text = Checkpoint::new(&self.origin, self.size, Hash(self.root), "")?.to_bytes();
        let mut note = Note::new(&text, &[])?;
        let signers: Vec<_> = keys.iter().map(|key| Named { name: &self.origin, key }).collect();
        note.add_sigs(&signers.iter().map(|signer| signer as &dyn Signer).collect::<Vec<_>>())?;
        Ok(note.to_bytes())
    }

    /// The head that a checkpoint holds, which one of `keys` must have signed.
    pub fn verify(checkpoint: &[u8], keys: &[VerifierKey]) -> Result<Self, BadHead> {
        let mut verifiers: Vec<Box<dyn Verifier>> = vec![];
        for key in keys {
            verifiers.push(Box::new(key.verifier().ok_or_else(|| BadHead::Key(key.0.clone()))?));
        }
        let note = Note::from_bytes(checkpoint)?;
        let (signatures, _) = note.verify(&VerifierList::new(verifiers))?;
        let head = Self::read(checkpoint)?;
        if signatures.iter().all(|signature| signature.name() != head.origin) {
            return Err(BadHead::Origin { found: head.origin });
        }
        Ok(head)
    }

    /// Whether the tree of this head begins with another, by a proof whose hashes are in the order of RFC 9162. Every tree begins with
    /// the empty one.
    pub fn continues(&self, earlier: &Edge, hashes: &[[u8; 32]]) -> bool {
        let (size, root) = (earlier.size(), earlier.root());
        if size == 0 || size == self.size {
            return hashes.is_empty() && (size == 0 || root == self.root);
        }
        let proof = hashes.iter().copied().map(Hash).collect();
        check_tree(&proof, self.size, Hash(self.root), size, Hash(root)).is_ok()
    }

    /// Whether it is of the history of the log that `uuid` names: what it bears behind the name of the record.
    pub fn is_of(&self, uuid: &str) -> bool {
        self.origin.rsplit('/').next() == Some(uuid)
    }

    /// The head that a checkpoint holds, whoever signed it.
    pub fn read(checkpoint: &[u8]) -> Result<Self, BadHead> {
        let head = Checkpoint::from_bytes(Note::from_bytes(checkpoint)?.text())?;
        Ok(Self { origin: head.origin().to_owned(), size: head.size(), root: head.hash().0 })
    }
}

/// A key under the name of a log.
struct Named<'a> {
    name: &'a str,
    key: &'a SigningKey,
}

/// Ed25519, as C2SP signed-note numbers algorithms.
const ED25519: u8 = 1;

impl Signer for Named<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn key_id(&self) -> u32 {
        key_id(self.name, &[&[ED25519], self.key.verifying_key().to_bytes().as_slice()].concat())
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.key.try_sign(text)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BadSigningKey;

    fn keys(text: &str) -> SigningKeys {
        SigningKeys::parse(text).unwrap()
    }

    fn head() -> Head {
        Head { origin: "hansard.example.org/1".to_owned(), size: 3, root: [7; 32] }
    }

    #[test]
    fn a_checkpoint_is_verified_by_each_key_that_signed_it_and_by_no_other() {
        let old = keys(&format!("1:{}", "11".repeat(32)));
        let both = keys(&format!("1:{}\n2:{}\n", "11".repeat(32), "22".repeat(32)));
        let checkpoint = head().sign(&both).unwrap();
        let verifiers = both.verifiers(&head().origin);
        assert_eq!(Head::verify(&checkpoint, &verifiers[..1]).unwrap(), head());
        assert_eq!(Head::verify(&checkpoint, &old.verifiers(&head().origin)).unwrap(), head());
        let stranger = keys(&format!("1:{}", "33".repeat(32))).verifiers(&head().origin);
        assert!(matches!(Head::verify(&checkpoint, &stranger), Err(BadHead::Signature(NoteError::UnverifiedNote))));
        let elsewhere = old.verifiers("another.example.org");
        assert!(Head::verify(&checkpoint, &elsewhere).is_err());
    }

    #[test]
    fn a_changed_checkpoint_is_refused() {
        let keys = keys(&format!("1:{}", "11".repeat(32)));
        let text = String::from_utf8(head().sign(&keys).unwrap()).unwrap();
        assert!(text.starts_with("hansard.example.org/1\n3\nBwcHBw"), "{text}");
        let changed = text.replacen("\n3\n", "\n4\n", 1);
        let verifiers = keys.verifiers(&head().origin);
        assert!(matches!(
            Head::verify(changed.as_bytes(), &verifiers),
            Err(BadHead::Signature(NoteError::InvalidSignature { .. }))
        ));
        assert!(Head::verify(b"", &verifiers).is_err());
    }

    #[test]
    fn signing_keys_are_lines_of_a_version_and_a_seed() {
        let seed = "11".repeat(32);
        for (text, line) in [("", 1), ("1:", 1), ("x:00", 1), (&format!("1:{seed}\n1:{seed}"), 2)] {
            assert_eq!(SigningKeys::parse(text).err(), Some(BadSigningKey { line }), "{text}");
        }
        assert_eq!(keys(&format!("1:{seed}\n")).verifiers("a").len(), 1);
        let first = SigningKeys::added("", [1; 32]).unwrap();
        let second = SigningKeys::added(first.trim_end(), [2; 32]).unwrap();
        assert_eq!(second, format!("1:{}\n2:{}\n", "01".repeat(32), "02".repeat(32)));
        assert_eq!(keys(&second).verifiers("a")[1], keys(&first).verifiers("a")[0]);
    }
}
