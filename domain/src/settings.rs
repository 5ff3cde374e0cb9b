//! Stub: state and aggregate of `settings`.

mod event;

pub use event::*;
