//! Bytes by name: received in constant memory, safe before they have a name, read by range.
//!
//! A folder holds all; or, of what has a name, a bucket ([`Blobs::in_bucket`]). What arrives is written to a file of its own below `arriving/` and hashed on its way
//! ([`Arriving`]); once whole it is flushed to the disk ([`Arrived`]) and given a name ([`Arrived::keep`]), which is on
//! the disk before it is told. A name, such as the digest of its bytes, always means the same bytes. Whatever a crash
//! leaves below `arriving/` has no name and is swept away. What comes in several parts, perhaps to several processes
//! after another, lies with a note beside it below `resumed/` until it is whole or forgotten ([`Begun`]). What nobody is
//! to read who has the disk alone is sealed before it comes here, and opened after it was read ([`sealed`]).

mod arriving;
mod bucket;
mod error;
mod folder;
mod health;
mod keeper;
mod kept;
mod name;
mod resumed;
pub mod sealed;
mod sweep;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use arriving::{Arrived, Arriving, HEAD};
pub use bucket::BucketSettings;
pub use error::BlobError;
pub use kept::{Kept, Reading};
pub use name::Name;
pub use resumed::{Appended, Appending, Begun};
pub use writing::Hash;

use bucket::Bucket;
use folder::Folder;
use keeper::Keeper;

/// The folder of what has no name yet.
const ARRIVING: &str = "arriving";
/// The folder of what comes in several parts.
const RESUMED: &str = "resumed";
/// The folder of what has one.
const KEPT: &str = "kept";

/// Where bytes are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    /// Where bytes are on their way in.
    folder: Arc<Path>,
    keeper: Keeper,
}

impl Blobs {
    /// The blobs in a folder, which is made if it is missing.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let folder: PathBuf = folder.into();
        let kept = folder.join(KEPT);
        let keeper = Keeper::Folder(Folder(kept.clone().into()));
        blocking(move || std::fs::create_dir_all(kept)).await?;
        Self::arriving_in(folder, keeper).await
    }

    /// The blobs in a bucket; on their way they are in a folder, which is made if it is missing.
    pub async fn in_bucket(folder: impl Into<PathBuf>, bucket: &BucketSettings) -> Result<Self, BlobError> {
        Self::arriving_in(folder.into(), Keeper::Bucket(Bucket::open(bucket)?)).await
    }

    async fn arriving_in(folder: PathBuf, keeper: Keeper) -> Result<Self, BlobError> {
        let blobs = Self { folder: folder.clone().into(), keeper };
        blocking(move || {
            for part in [ARRIVING, RESUMED] {
                std::fs::create_dir_all(folder.join(part))?;
            }
            Ok(())
        })
        .await?;
        Ok(blobs)
    }

    /// Bytes that are free, for who is not root, on the disk of its folder.
    pub async fn free(&self) -> Result<u64, BlobError> {
        let folder = Arc::clone(&self.folder);
        blocking(move || {
            let of = rustix::fs::statvfs(&*folder)?;
            Ok(of.f_bavail.saturating_mul(of.f_frsize))
        })
        .await
    }

    fn arriving_at(&self, owner: &str, id: &str) -> PathBuf {
        self.folder.join(ARRIVING).join(format!("{owner}.{id}"))
    }
}

/// Runs what waits for the disk where waiting is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(BlobError::Failed(std::io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests;
