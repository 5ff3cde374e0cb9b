//! Where the hub hears of events.

use event_store::Recorded;

/// Events as they were appended.
#[derive(Debug)]
pub struct Fed {
    /// Epoch of the log: another than before says that it was restored from an older copy.
    pub epoch: i32,
    /// Events, in order and without gap. Empty at the begin of an epoch.
    pub events: Vec<Recorded>,
}

/// Follows the log.
pub trait Feed: Send {
    /// Waits for up to `max` events that follow upon position `after`. Cancel-safe.
    fn next(
        &mut self,
        after: i64,
        max: usize,
    ) -> impl Future<Output = Result<Fed, Box<dyn std::error::Error + Send + Sync>>> + Send;
}
