//! Bytes on their way in: written and hashed as they come, named once they are safe.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::keeper::Keeper;
use crate::writing::{Hash, Writing};
use crate::{BlobError, Blobs, Name, blocking};

/// So many bytes from the beginning are remembered, to tell what they are.
pub const HEAD: usize = 8 * 1024;

/// Bytes on their way in. Dropped, nothing is left of them.
#[derive(Debug)]
pub struct Arriving {
    blobs: Blobs,
    owner: String,
    path: Temporary,
    writing: Writing,
    head: Vec<u8>,
    size: u64,
}

/// Bytes that are on the disk, whole, and have no name yet.
#[derive(Debug)]
pub struct Arrived {
    pub(crate) blobs: Blobs,
    pub(crate) owner: String,
    pub(crate) path: Temporary,
    /// How many.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// The first of them, at most [`HEAD`].
    pub head: Vec<u8>,
}

/// A file that goes when nobody has it any more.
#[derive(Debug)]
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What stays all the same is swept away later.
        _ = fs::remove_file(&self.0);
    }
}

impl Blobs {
    /// Makes room for bytes that come from `owner`. `id` must be new; it is theirs until they have a name. Both must be plain
    /// names without a dot, such as ids.
    pub async fn receive(&self, owner: &str, id: &str) -> Result<Arriving, BlobError> {
        let path = self.arriving_at(owner, id);
        let made = path.clone();
        let file = blocking(move || OpenOptions::new().write(true).create_new(true).open(made)).await?;
        Ok(Arriving {
            blobs: self.clone(),
            owner: owner.to_owned(),
            path: Temporary(path),
            writing: Writing::to(file, Hash::Sha256(Sha256::new())),
            head: vec![],
            size: 0,
        })
    }
}

impl Arriving {
    /// How many bytes came so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes more bytes. While some are written, others are gathered.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.size += bytes.len() as u64;
        let wanted = (HEAD - self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.writing.write(bytes).await
    }

    /// All of them are here: returns once they are on the disk.
    pub async fn finish(self) -> Result<Arrived, BlobError> {
        let (file, hash) = self.writing.finish().await?;
        blocking(move || file.sync_all()).await?;
        let sha256 = hash.finish().try_into().unwrap_or_default();
        let Self { blobs, owner, path, size, head, .. } = self;
        Ok(Arrived { blobs, owner, path, size, sha256, head })
    }
}

impl Arrived {
    /// Makes room for bytes that are made of these, and whose they are. `id` must be new.
    pub async fn beside(&self, id: &str) -> Result<Arriving, BlobError> {
        self.blobs.receive(&self.owner, id).await
    }

    /// Gives them a name; returns once they are safe under it. Bytes that have it already are the same, and stay.
    pub async fn keep(&self, name: &Name) -> Result<(), BlobError> {
        match &self.blobs.keeper {
            Keeper::Folder(folder) => folder.keep(&self.path.0, name).await,
            Keeper::Bucket(bucket) => bucket.keep(&self.path.0, self.size, name).await,
        }
    }
}

/// Has a folder's entries on the disk.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
