//! Why bytes are not kept, or not had.

use std::io;

/// Why bytes are not kept, or not had.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There are none of this name.
    #[error("no bytes of this name are kept")]
    Missing,
    /// They are not what was sealed, or the key is another.
    #[error("the bytes do not open with their key")]
    Damaged,
    /// There is no room for more.
    #[error("the disk is full")]
    Full(#[source] io::Error),
    /// The disk, or the bucket, fails.
    #[error("the storage fails")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound {
            Self::Missing
        } else if matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::Full(error)
        } else {
            Self::Failed(error)
        }
    }
}

impl From<rustix::io::Errno> for BlobError {
    fn from(error: rustix::io::Errno) -> Self {
        io::Error::from(error).into()
    }
}
