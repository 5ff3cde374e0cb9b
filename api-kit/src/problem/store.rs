//! What the log did not take, as problems.

use event_store::{ExecuteError, KeyError, ReceiptKind, StoreError};

use super::Problem;

impl<E: Into<Problem>> From<ExecuteError<E>> for Problem {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::ReceiptReused(ReceiptKind::IdempotencyKey) => Self::IdempotencyKeyReused,
            ExecuteError::ClaimTaken("email") => Self::EmailTaken,
            ExecuteError::ClaimTaken("call") => Self::CallInProgress,
            // Brought and erased at the same time: it is known by now which was first.
            ExecuteError::ClaimTaken("words") | ExecuteError::Busy => Self::Busy,
            ExecuteError::ReceiptReused(ReceiptKind::Id) | ExecuteError::StreamExists | ExecuteError::ClaimTaken(_) => {
                Self::IdTaken
            }
            // Whose key is destroyed is gone.
            ExecuteError::KeyDestroyed => Self::NotFound,
            ExecuteError::Unavailable => Self::unavailable("the log cannot be reached"),
            ExecuteError::OutOfSpace => Self::OutOfSpace("the log has no space left".into()),
            ExecuteError::Bug(source) => Self::Internal(source),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(error) => error.into(),
            StoreError::Key(error) => error.into(),
            StoreError::Unreadable { .. } | StoreError::TwoTypes(_) | StoreError::Decided => Self::internal(error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unavailable(error) => error.into(),
            // It is at hand once this process's file has it too.
            KeyError::MasterAway { .. } => Self::unavailable(error),
            KeyError::Damaged { .. } | KeyError::DamagedKey(_) | KeyError::WrongMaster(_) | KeyError::NotJson(_) => {
                Self::internal(error)
            }
        }
    }
}
