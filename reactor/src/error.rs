//! Why what acts by itself stopped.

use blob_store::BlobError;
use domain::refusal::Refusal;
use event_store::{ExecuteError, StoreError};

/// Why what acts by itself stopped. It begins again by itself.
#[derive(Debug, thiserror::Error)]
pub enum ReactError {
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Database(#[from] sqlx::Error),
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// The disk fails.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The domain refuses what was to be done.
    #[error("what is to be done is refused: {0}")]
    Refused(#[from] Refusal),
    /// The log did not take it.
    #[error("the log does not take what is to be done: {0}")]
    NotTaken(String),
}

impl From<ExecuteError<ReactError>> for ReactError {
    fn from(error: ExecuteError<ReactError>) -> Self {
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
