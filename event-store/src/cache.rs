//! States of streams that were decided from lately: a command that loads them reads nothing.

use std::any::Any;
use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::stream::Stream;

/// States held in memory. The largest, a room's, is some KiB; most are under 300 bytes.
const STATES: usize = 100_000;

/// A stream's state after `sequence` events.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) aggregate: Arc<dyn Any + Send + Sync>,
    pub(crate) sequence: i64,
    /// The history it belongs to; see `Timeline`.
    pub(crate) timeline: u64,
    /// The keyring's losses when it was read: what was lost since may be in it.
    pub(crate) losses: u64,
    /// Whether it was opened with a fleeting key: then it is not kept.
    pub(crate) fleeting: bool,
}

/// States by stream. They may be old: the append finds out. Cheap to clone.
#[derive(Clone)]
pub(crate) struct States(Arc<Cache<Stream, State>>);

impl Default for States {
    fn default() -> Self {
        Self(Arc::new(Cache::new(STATES)))
    }
}

impl States {
    pub(crate) fn get(&self, stream: &Stream, timeline: u64, losses: u64) -> Option<State> {
        self.0.get(stream).filter(|state| (state.timeline, state.losses) == (timeline, losses))
    }

    /// Keeps a state, unless a later one is there.
    pub(crate) fn put(&self, stream: Stream, state: State) {
        let of_now = |held: &State| (held.timeline, held.losses) == (state.timeline, state.losses);
        let later = self.0.peek(&stream).is_some_and(|held| of_now(&held) && held.sequence > state.sequence);
        if !later && !state.fleeting && state.sequence > 0 {
            self.0.insert(stream, state);
        }
    }

    /// Keeps nothing.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}
