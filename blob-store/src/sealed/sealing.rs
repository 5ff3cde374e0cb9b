//! Bytes on their way in, sealed as they come.

use aes_gcm::Aes256Gcm;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::{CHUNK, SealKey, open, seal};
use crate::BlobError;

/// Seals what comes, chunk by chunk.
pub struct Sealer {
    cipher: Aes256Gcm,
    /// The number of the chunk that is gathered.
    number: u64,
    gathered: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// From the beginning.
    pub fn new(key: &SealKey) -> Self {
        Self { cipher: key.cipher(), number: 0, gathered: Zeroizing::new(Vec::with_capacity(CHUNK)) }
    }

    /// Where [`Self::pause`] left off: `number` chunks are sealed, and of the next one there is what is in `begun`.
    pub fn resume(key: &SealKey, number: u64, begun: Option<&[u8]>) -> Result<Self, BlobError> {
        let mut sealer = Self { number, ..Self::new(key) };
        if let Some(begun) = begun {
            let opened = Zeroizing::new(open(&sealer.cipher, number, false, begun)?);
            if opened.len() > CHUNK {
                return Err(BlobError::Damaged);
            }
            sealer.gathered.extend_from_slice(&opened);
        }
        Ok(sealer)
    }

    /// Takes more bytes: the chunks that are whole with them. The last is held back, as nothing may come after it.
    pub fn seal(&mut self, mut bytes: &[u8]) -> Vec<Bytes> {
        let mut sealed = vec![];
        while !bytes.is_empty() {
            if self.gathered.len() == CHUNK {
                sealed.push(seal(&self.cipher, self.number, false, &self.gathered));
                self.gathered.clear();
                self.number += 1;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            bytes = later;
        }
        sealed
    }

    /// All is here: the last chunk.
    pub fn finish(self) -> Bytes {
        seal(&self.cipher, self.number, true, &self.gathered)
    }

    /// More comes later: what there is of the next chunk, sealed, and that chunk's number.
    pub fn pause(self) -> (u64, Option<Bytes>) {
        let begun = (!self.gathered.is_empty()).then(|| seal(&self.cipher, self.number, false, &self.gathered));
        (self.number, begun)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("number", &self.number).finish_non_exhaustive()
    }
}
