//! Where new events come from.

use std::error::Error;
use std::future::Future;

use event_store::Recorded;

/// Hands out events as they are appended: from NATS, or from PostgreSQL while it is away.
///
/// Keeps no place of its own: the projector says where it is, which is its checkpoint.
pub trait Feed: Send {
    /// The events after position `after`, in order and without a gap: those that are ready, at most `max`; waits while
    /// there is none. May be dropped while it waits, and then asked again.
    ///
    /// An empty batch is allowed: it tells the epoch.
    fn next(&mut self, after: i64, max: usize) -> impl Future<Output = Result<Batch, FeedError>> + Send;
}

/// Events as a feed hands them out.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The log's epoch that they belong to.
    pub epoch: i32,
    /// In order of their positions, without a gap.
    pub events: Vec<Recorded>,
}

/// A feed was interrupted; it is asked again.
#[derive(Debug, thiserror::Error)]
#[error("the feed of events was interrupted")]
pub struct FeedError(#[source] pub Box<dyn Error + Send + Sync>);
