//! Names of streams.

use std::fmt;
use std::sync::Arc;

/// The name of a stream: its kind and its id within the kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stream {
    pub(crate) kind: &'static str,
    pub(crate) id: Arc<str>,
}

impl Stream {
    pub(crate) fn new(kind: &'static str, id: &str) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind, self.id)
    }
}
