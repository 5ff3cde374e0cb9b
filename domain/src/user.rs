//! Stub: state and aggregate of `user`.

mod event;

pub use event::*;
