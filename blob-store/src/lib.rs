//! Bytes by name: received in constant memory, on disk before they have a name, read by range.
//!
//! A folder holds all. What arrives is written to a file of its own below `arriving/` and hashed on its way
//! ([`Arriving`]); once whole it is flushed to the disk ([`Arrived`]) and given a name ([`Arrived::keep`]), which is on
//! the disk before it is told. A name, such as the digest of its bytes, always means the same bytes. Whatever a crash
//! leaves below `arriving/` has no name and is swept away. What comes in several parts, perhaps to several processes
//! after another, lies with a note beside it below `resumed/` until it is whole or forgotten ([`Begun`]). What nobody is
//! to read who has the disk alone is sealed before it comes here, and opened after it was read ([`sealed`]).

mod arriving;
mod error;
mod kept;
mod name;
mod resumed;
pub mod sealed;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use arriving::{Arrived, Arriving, HEAD};
pub use error::BlobError;
pub use kept::{Kept, Reading};
pub use name::Name;
pub use resumed::{Appended, Appending, Begun};
pub use writing::Hash;

/// The folder of what has no name yet.
const ARRIVING: &str = "arriving";
/// The folder of what comes in several parts.
const RESUMED: &str = "resumed";
/// The folder of what has one.
const KEPT: &str = "kept";

/// Where bytes are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: Arc<Path>,
}

impl Blobs {
    /// The blobs in a folder, which is made if it is missing.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let folder: PathBuf = folder.into();
        let blobs = Self { folder: folder.clone().into() };
        blocking(move || {
            for part in [ARRIVING, RESUMED, KEPT] {
                std::fs::create_dir_all(folder.join(part))?;
            }
            Ok(())
        })
        .await?;
        Ok(blobs)
    }

    /// Bytes that are free on its disk for who is not root.
    pub async fn free(&self) -> Result<u64, BlobError> {
        let folder = Arc::clone(&self.folder);
        blocking(move || {
            let of = rustix::fs::statvfs(&*folder)?;
            Ok(of.f_bavail.saturating_mul(of.f_frsize))
        })
        .await
    }

    fn arriving_at(&self, id: &str) -> PathBuf {
        self.folder.join(ARRIVING).join(id)
    }

    /// Few enough in each folder: named by the digest, they spread evenly.
    fn kept_at(&self, name: &Name) -> PathBuf {
        self.folder.join(KEPT).join(name.first_two()).join(name.as_str())
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
