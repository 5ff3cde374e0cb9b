//! Bytes on their way out, opened as they go. Nothing is handed on that was not proven.

use std::ops::Range;

use aes_gcm::Aes256Gcm;
use bytes::{Bytes, BytesMut};
use futures::stream::try_unfold;
use futures::{StreamExt, TryStreamExt};

use super::{CHUNK, SealKey, chunks, chunks_of, open, sealed_range, sealed_size, slots};
use crate::{BlobError, Blobs, Name, Reading};

impl Blobs {
    /// Some of the `size` bytes that are sealed under a name, as [`Blobs::read`] has it of others.
    pub async fn read_sealed(
        &self,
        name: &Name,
        key: &SealKey,
        size: u64,
        range: Range<u64>,
    ) -> Result<Reading, BlobError> {
        let sealed = self.read(name, sealed_range(size, &range)).await?;
        Ok(opened(sealed, key, size, range))
    }
}

/// `range` of `size` bytes, out of the sealed bytes that hold it ([`sealed_range`]).
pub fn opened(sealed: Reading, key: &SealKey, size: u64, range: Range<u64>) -> Reading {
    let chunks = chunks_of(size, &range);
    let opening = Opening { sealed, cipher: key.cipher(), gathered: BytesMut::new(), chunks, size, range };
    try_unfold(opening, |mut opening| async move { Ok(opening.next().await?.map(|piece| (piece, opening))) }).boxed()
}

struct Opening {
    sealed: Reading,
    cipher: Aes256Gcm,
    gathered: BytesMut,
    /// The numbers of those that are still to be opened.
    chunks: Range<u64>,
    size: u64,
    range: Range<u64>,
}

impl Opening {
    /// What of the next chunk is in the range.
    async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        let Some(number) = self.chunks.next() else { return Ok(None) };
        let takes = slots(number + 1).min(sealed_size(self.size)) - slots(number);
        let takes = usize::try_from(takes).unwrap_or(usize::MAX);
        while self.gathered.len() < takes {
            let more = self.sealed.try_next().await?.ok_or(BlobError::Damaged)?;
            self.gathered.extend_from_slice(&more);
        }
        let is_last = number + 1 == chunks(self.size);
        let opened = Bytes::from(open(&self.cipher, number, is_last, &self.gathered.split_to(takes))?);
        let starts = number * CHUNK as u64;
        let within = |byte: u64| usize::try_from(byte.saturating_sub(starts)).unwrap_or(usize::MAX).min(opened.len());
        Ok(Some(opened.slice(within(self.range.start)..within(self.range.end))))
    }
}
