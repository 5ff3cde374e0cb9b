//! Stub: state and aggregate of `membership`.

mod event;

pub use event::*;
