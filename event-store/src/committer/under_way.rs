//! How many commands are being decided or wait for their group.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many commands are being decided or wait for their group.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

/// A command that is under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct OnItsWay(UnderWay);

impl UnderWay {
    pub(super) fn enter(&self) -> OnItsWay {
        self.0.fetch_add(1, Ordering::Relaxed);
        OnItsWay(self.clone())
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
