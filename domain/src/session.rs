//! Stub: state and aggregate of `session`.

mod event;

pub use event::*;
