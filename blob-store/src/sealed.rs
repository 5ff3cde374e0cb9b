//! Bytes that are sealed while they stream, in the memory of a chunk: AES-256-GCM, in chunks that prove themselves.
//!
//! What is sealed is cut into chunks of [`CHUNK`] bytes; the last one is what is left, empty only if there is nothing at
//! all. A chunk is kept as a random nonce (12 bytes), its ciphertext, and a tag (16 bytes), bound to its number and to
//! whether it is the last. So none can be changed, moved, left out or brought from elsewhere, and nothing be cut off or
//! added, without being noticed by who reads it; and where the bytes of a range are follows from how many there are in
//! all. A key seals one blob alone.
//!
//! Nonces are random, not counted: the last chunk of what comes in several parts is sealed again with more in it.

mod opening;
mod sealing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use aes_gcm::aead::{Aead, Generate, KeyInit, Nonce, Payload};
use aes_gcm::{Aes256Gcm, Key};
use bytes::Bytes;
use zeroize::Zeroizing;

use crate::BlobError;

pub use opening::opened;
pub use sealing::Sealer;

/// Bytes that are sealed at once.
pub const CHUNK: usize = 64 * 1024;

const NONCE: usize = 12;
const TAG: usize = 16;

/// What a chunk takes besides its bytes.
const MORE: u64 = (NONCE + TAG) as u64;
/// What a chunk of the full length takes.
const SLOT: u64 = CHUNK as u64 + MORE;

/// What a chunk's place is bound to begins with: another format would have another.
const FORMAT: &[u8] = b"hansard chunk 1";

/// The key of one blob.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// Bytes that nobody can foretell, as a key.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// A key from its hexadecimal digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, key.as_mut()).ok()?;
        Some(Self(key))
    }

    /// Its hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex::encode(*self.0)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*self.0))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKey").finish_non_exhaustive()
    }
}

/// How many bytes `size` bytes are once they are sealed.
pub fn sealed_size(size: u64) -> u64 {
    size + chunks(size) * MORE
}

/// How many whole chunks there are in `sealed` bytes.
pub fn whole_chunks(sealed: u64) -> u64 {
    sealed / SLOT
}

/// How many bytes so many whole chunks are, once they are sealed.
pub fn slots(chunks: u64) -> u64 {
    chunks * SLOT
}

/// How many bytes are in a chunk that takes `sealed` bytes.
pub fn chunk_size(sealed: usize) -> u64 {
    (sealed as u64).saturating_sub(MORE)
}

/// Which of the sealed bytes hold `range` of `size` bytes. Whole chunks; of an empty range the one where it is.
pub fn sealed_range(size: u64, range: &Range<u64>) -> Range<u64> {
    let chunks = chunks_of(size, range);
    slots(chunks.start)..slots(chunks.end).min(sealed_size(size))
}

/// How many chunks `size` bytes are cut into.
fn chunks(size: u64) -> u64 {
    size.div_ceil(CHUNK as u64).max(1)
}

/// The numbers of the chunks that hold a range.
fn chunks_of(size: u64, range: &Range<u64>) -> Range<u64> {
    let last = chunks(size) - 1;
    let chunk = |byte: u64| (byte / CHUNK as u64).min(last);
    chunk(range.start)..chunk(range.end.saturating_sub(1).max(range.start)) + 1
}

/// What a chunk is bound to.
fn place(number: u64, is_last: bool) -> [u8; FORMAT.len() + 9] {
    let mut place = [0; FORMAT.len() + 9];
    place[..FORMAT.len()].copy_from_slice(FORMAT);
    place[FORMAT.len()..FORMAT.len() + 8].copy_from_slice(&number.to_be_bytes());
    place[FORMAT.len() + 8] = is_last.into();
    place
}

fn seal(cipher: &Aes256Gcm, number: u64, is_last: bool, bytes: &[u8]) -> Bytes {
    let nonce = Nonce::<Aes256Gcm>::generate();
    let sealed = cipher.encrypt(&nonce, Payload { msg: bytes, aad: &place(number, is_last) });
    let sealed = sealed.expect("AES-GCM encrypts anything under 64 GiB");
    [nonce.as_slice(), &sealed].concat().into()
}

fn open(cipher: &Aes256Gcm, number: u64, is_last: bool, sealed: &[u8]) -> Result<Vec<u8>, BlobError> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE).ok_or(BlobError::Damaged)?;
    let nonce = Nonce::<Aes256Gcm>::try_from(nonce).map_err(|_| BlobError::Damaged)?;
    let opened = cipher.decrypt(&nonce, Payload { msg: ciphertext, aad: &place(number, is_last) });
    opened.map_err(|_| BlobError::Damaged)
}
