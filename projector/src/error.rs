//! Why projecting, rebuilding or verifying stopped.

use event_store::KeyError;

use crate::feed::FeedError;
use crate::target::ApplyError;

/// Why projecting, rebuilding or verifying stopped. Nothing is half done: what was committed stays, and the next try
/// goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The database cannot be reached or fails.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// Keys cannot be asked for.
    #[error("the keys cannot be asked for")]
    Keys(#[from] KeyError),
    /// The feed was interrupted.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// Another rebuild or verification is under way.
    #[error("another rebuild or verification of the read models is under way")]
    Busy,
    /// Somebody else fills the same generation.
    #[error("another projector fills this generation, or it was dropped")]
    Lost,
    /// The log is another history than the one projected so far: it was restored from an older copy.
    #[error("the log is another history than the one projected so far")]
    OtherHistory,
    /// The log lacks a position.
    #[error("the log has no event at position {position}")]
    Gap {
        /// The position.
        position: i64,
    },
    /// The read models were filled by other versions of the projections than this program's.
    #[error("the read models were filled by other versions of the projections than this program's")]
    OtherVersions,
    /// Nothing serves yet.
    #[error("there are no read models yet")]
    NothingServes,
    /// No generation is kept that served before.
    #[error("no read models are kept that served before")]
    NothingToRollBackTo,
    /// The generation serves, or there is none of this number.
    #[error("generation {generation} serves, or there is none of this number")]
    NotToBeDropped {
        /// Its number.
        generation: i32,
    },
    /// Somebody still reads it, or maintains its tables.
    #[error("generation {generation} is still in use: try again later")]
    InUse {
        /// Its number.
        generation: i32,
    },
    /// The log does not go as far.
    #[error("position {position} is beyond the log's end, {head}")]
    Beyond {
        /// What was asked for.
        position: i64,
        /// The log's last position.
        head: i64,
    },
    /// A stream that is to be gone through again is not parked.
    #[error("{stream} is not parked")]
    NotParked {
        /// Its name.
        stream: String,
    },
    /// A stream that is to be gone through again still holds an event that cannot be projected.
    #[error("{stream} stays parked at {sequence} (position {position}): {reason}")]
    StillPoisonous {
        /// Its name.
        stream: String,
        /// Sequence of the event.
        sequence: i64,
        /// Its position.
        position: i64,
        /// What is wrong with it; tells nothing that is sealed.
        reason: String,
    },
}

impl From<ApplyError> for ProjectorError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Lost => Self::Lost,
            ApplyError::Failed(error) => Self::Database(error),
            ApplyError::Keys(error) => Self::Keys(error),
        }
    }
}
