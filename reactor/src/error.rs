//! Why what acts by itself stopped.

use blob_store::BlobError;
use domain::refusal::Refusal;
use event_store::{ExecuteError, KeyError, StoreError, Trouble};

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
    /// The log takes nothing for now.
    #[error("the log takes nothing: {0}")]
    Away(String),
}

impl ReactError {
    /// Whether it is of what everything needs, so that nothing else would be done either.
    pub(crate) fn is_of_all(&self) -> bool {
        match self {
            Self::Database(error)
            | Self::Log(StoreError::Unavailable(error) | StoreError::Key(KeyError::Unavailable(error))) => {
                matches!(Trouble::of(error), Trouble::Away | Trouble::Full)
            }
            Self::Log(StoreError::Key(KeyError::MasterAway { .. }))
            | Self::Blobs(BlobError::Full(_))
            | Self::Away(_) => true,
            Self::Log(
                StoreError::Unreadable { .. }
                | StoreError::TwoTypes(_)
                | StoreError::Decided
                | StoreError::Key(
                    KeyError::Damaged { .. }
                    | KeyError::DamagedKey(_)
                    | KeyError::WrongMaster(_)
                    | KeyError::NotJson(_),
                ),
            )
            | Self::Blobs(BlobError::Missing | BlobError::Damaged | BlobError::Failed(_))
            | Self::Refused(_)
            | Self::NotTaken(_) => false,
        }
    }
}

impl From<ExecuteError<ReactError>> for ReactError {
    fn from(error: ExecuteError<ReactError>) -> Self {
        match error {
            ExecuteError::Refused(error) => error,
            error @ (ExecuteError::Unavailable | ExecuteError::OutOfSpace) => Self::Away(error.to_string()),
            error @ (ExecuteError::ReceiptReused(_)
            | ExecuteError::ClaimTaken(_)
            | ExecuteError::StreamExists
            | ExecuteError::KeyDestroyed
            | ExecuteError::Busy
            | ExecuteError::Bug(_)) => Self::NotTaken(error.to_string()),
        }
    }
}
