//! Stub: state and aggregate of `room`.

mod event;

pub use event::*;
