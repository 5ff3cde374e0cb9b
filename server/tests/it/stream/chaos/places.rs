//! Where the processes are: at another port after each start.

use std::sync::{Arc, RwLock};

/// Where the two processes are now. Cheap to clone.
#[derive(Clone)]
pub(super) struct Places(Arc<RwLock<[String; 2]>>);

impl Places {
    pub(super) fn new(one: &str, other: &str) -> Self {
        Self(Arc::new(RwLock::new([one.to_owned(), other.to_owned()])))
    }

    pub(super) fn move_to(&self, which: usize, url: &str) {
        url.clone_into(&mut self.0.write().unwrap()[which]);
    }

    /// The one that takes commands.
    pub(super) fn commands(&self) -> String {
        self.0.read().unwrap()[0].clone()
    }

    /// One of those that answer queries.
    pub(super) fn queries(&self, which: usize) -> String {
        self.0.read().unwrap()[which % 2].clone()
    }
}
