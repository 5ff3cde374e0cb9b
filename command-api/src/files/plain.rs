//! What a file's bytes are, whatever they are kept as.

use blob_store::{Arrived, BlobError, HEAD, Reading};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use super::kind::kind;

/// What a file's bytes are.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) sha256: [u8; 32],
    pub(crate) size: u64,
    /// The first of them, at most [`HEAD`].
    pub(crate) head: Vec<u8>,
}

/// Bytes that are counted and hashed before they are sealed, or as they are opened.
#[derive(Default)]
pub(crate) struct Measuring {
    hash: Sha256,
    size: u64,
    head: Vec<u8>,
}

impl Measuring {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.head.extend_from_slice(&bytes[..bytes.len().min(HEAD - self.head.len())]);
    }

    pub(crate) fn finish(self) -> Plain {
        Plain { sha256: self.hash.finalize().into(), size: self.size, head: self.head }
    }
}

impl Plain {
    /// What they look like.
    pub(super) fn media_type(&self) -> &'static str {
        kind(&self.head, self.size == self.head.len() as u64)
    }

    /// What bytes are that are read once more.
    pub(crate) async fn of(mut reading: Reading) -> Result<Self, BlobError> {
        let mut measuring = Measuring::default();
        while let Some(bytes) = reading.try_next().await? {
            measuring.take(&bytes);
        }
        Ok(measuring.finish())
    }
}

impl From<&Arrived> for Plain {
    /// Of what is kept as it came.
    fn from(arrived: &Arrived) -> Self {
        Self { sha256: arrived.sha256, size: arrived.size, head: arrived.head.clone() }
    }
}
