//! Bytes that have a name.

use std::ops::Range;

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::keeper::Keeper;
use crate::{Arrived, BlobError, Blobs, Name, folder};

/// Bytes on their way out, piece by piece.
pub type Reading = BoxStream<'static, Result<Bytes, BlobError>>;

impl Arrived {
    /// All of them, before they have a name.
    pub async fn read(&self) -> Result<Reading, BlobError> {
        folder::read(self.path.0.clone(), 0..self.size).await
    }
}

/// Bytes that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What they are called.
    pub name: Name,
    /// How many.
    pub size: u64,
}

impl Blobs {
    /// Some of the bytes of a name. Fewer than were asked for is an error, at once or at their end, never a shorter whole.
    pub async fn read(&self, name: &Name, range: Range<u64>) -> Result<Reading, BlobError> {
        match &self.keeper {
            Keeper::Folder(folder) => folder.read(name, range).await,
            Keeper::Bucket(bucket) => bucket.read(name, range).await,
        }
    }

    /// Whether there are no bytes of this name any more; of a folder that is not there nothing is known, as it may be of a disk
    /// that is not mounted.
    pub async fn lacks(&self, name: &Name) -> Result<bool, BlobError> {
        match &self.keeper {
            Keeper::Folder(folder) => folder.lacks(name).await,
            Keeper::Bucket(bucket) => Ok(bucket.size(name).await?.is_none()),
        }
    }

    /// Whether bytes of this name are kept.
    pub async fn has(&self, name: &Name) -> Result<bool, BlobError> {
        match &self.keeper {
            Keeper::Folder(folder) => folder.has(name).await,
            Keeper::Bucket(bucket) => Ok(bucket.size(name).await?.is_some()),
        }
    }

    /// Removes the bytes of a name, if there are any.
    pub async fn remove(&self, name: &Name) -> Result<(), BlobError> {
        match &self.keeper {
            Keeper::Folder(folder) => folder.remove(name).await,
            Keeper::Bucket(bucket) => bucket.remove(name).await,
        }
    }

    /// The parts that all that is kept is listed in, in order.
    pub async fn parts(&self) -> Result<Vec<String>, BlobError> {
        let mut parts = match &self.keeper {
            Keeper::Folder(folder) => folder.parts().await?,
            Keeper::Bucket(bucket) => bucket.parts().await?,
        };
        parts.sort();
        Ok(parts)
    }

    /// What is kept in one part, in order.
    pub async fn list(&self, part: &str) -> Result<Vec<Kept>, BlobError> {
        let mut kept = match &self.keeper {
            Keeper::Folder(folder) => folder.list(part).await?,
            Keeper::Bucket(bucket) => bucket.list(part).await?,
        };
        kept.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(kept)
    }
}
