//! Why collecting stopped.

use blob_store::BlobError;
use domain::refusal::Refusal;
use event_store::{ExecuteError, StoreError};

/// Why collecting stopped. It begins again by itself.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Database(#[from] sqlx::Error),
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// The disk fails.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// A name is not given up.
    #[error("a name cannot be given up: {0}")]
    Refused(#[from] Refusal),
    /// The log did not take it.
    #[error("the log does not take that a name is given up: {0}")]
    NotTaken(String),
}

impl From<ExecuteError<CollectError>> for CollectError {
    fn from(error: ExecuteError<CollectError>) -> Self {
        match error {
            ExecuteError::Refused(error) => error,
            error @ (ExecuteError::ReceiptReused(_)
            | ExecuteError::ClaimTaken(_)
            | ExecuteError::StreamExists
            | ExecuteError::KeyDestroyed
            | ExecuteError::Busy
            | ExecuteError::Unavailable
            | ExecuteError::OutOfSpace
            | ExecuteError::Bug(_)) => Self::NotTaken(error.to_string()),
        }
    }
}
