//! Why sealing stopped.

use record::BadHead;
use uuid::Uuid;

use crate::NotRead;

/// Why sealing stopped. It begins again by itself, from what is stored.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Database(#[from] sqlx::Error),
    /// Another process seals as well, or the tree was changed by hand.
    #[error("the record's tree is not of the size that it had")]
    Moved,
    /// The tiles of its right edge are not there, or are of another tree.
    #[error("the record's tiles do not fit its size, {0}")]
    Torn(i64),
    /// The log ends before the tree does.
    #[error("the log ends at position {log}, and the record covers {sealed}")]
    Ahead {
        /// Position of the log's last event.
        log: i64,
        /// Events that the tree covers.
        sealed: u64,
    },
    /// An event was taken out of the log, or put into it: what comes after it is not sealed.
    #[error("the log has no event at position {position}")]
    Gap {
        /// Where one must be.
        position: i64,
    },
    /// A checkpoint that was published is of another tree: the log was restored from an older copy, and is another history.
    #[error(
        "the log is not the one of the checkpoint of {size} events that was published of {history}: it was restored"
    )]
    AnotherHistory {
        /// The history whose name both have.
        history: Uuid,
        /// Events that the published one covers.
        size: u64,
    },
    /// What was published cannot be compared.
    #[error("what was published cannot be read")]
    Published(#[from] NotRead),
    /// An event cannot be written as a leaf.
    #[error("an event cannot be written as a leaf")]
    Leaf,
    /// A head cannot be signed.
    #[error("the head cannot be signed")]
    Head(#[from] BadHead),
}
