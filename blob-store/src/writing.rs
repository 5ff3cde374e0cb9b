//! Bytes on their way to a file: hashed and written a piece at a time, while the next is gathered.

use std::fs::File;
use std::io::{self, Write};

use bytes::Bytes;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use crate::BlobError;

/// Bytes that are written at once: as many more are gathered meanwhile, and that is all the memory it takes.
const GATHERED: usize = 512 * 1024;

/// What is made of bytes as they are written.
#[derive(Clone, Debug)]
pub enum Hash {
    /// Nothing.
    None,
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-1, which proves nothing but that bytes came as they were sent.
    Sha1(Sha1),
}

impl Hash {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha1(hash) => hash.update(bytes),
        }
    }

    /// The digest; empty of nothing.
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::None => vec![],
            Self::Sha256(hash) => hash.finalize().to_vec(),
            Self::Sha1(hash) => hash.finalize().to_vec(),
        }
    }
}

/// A file that is written to.
#[derive(Debug)]
pub(crate) struct Writing {
    /// None while it writes.
    writer: Option<Writer>,
    at_work: Option<JoinHandle<io::Result<Writer>>>,
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
}

#[derive(Debug)]
struct Writer {
    file: File,
    hash: Hash,
}

impl Writing {
    pub(crate) fn to(file: File, hash: Hash) -> Self {
        Self { writer: Some(Writer { file, hash }), at_work: None, gathered: vec![], gathered_bytes: 0 }
    }

    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.gathered_bytes += bytes.len();
        self.gathered.push(bytes);
        if self.gathered_bytes >= GATHERED {
            self.flush().await?;
        }
        Ok(())
    }

    /// Everything is written: the file, and what was made of the bytes.
    pub(crate) async fn finish(mut self) -> Result<(File, Hash), BlobError> {
        self.flush().await?;
        let Writer { file, hash } = self.idle().await?;
        Ok((file, hash))
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut writer = self.idle().await?;
        self.gathered_bytes = 0;
        let gathered = std::mem::take(&mut self.gathered);
        self.at_work = Some(tokio::task::spawn_blocking(move || {
            for bytes in gathered {
                writer.hash.update(&bytes);
                writer.file.write_all(&bytes)?;
            }
            Ok(writer)
        }));
        Ok(())
    }

    /// The writer, once it has written.
    async fn idle(&mut self) -> Result<Writer, BlobError> {
        if let Some(at_work) = self.at_work.take() {
            return Ok(at_work.await.map_err(io::Error::other)??);
        }
        self.writer.take().ok_or_else(|| BlobError::Failed(io::Error::other("an earlier write failed")))
    }
}
