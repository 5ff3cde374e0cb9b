//! Stub: state and aggregate of `audit`.

mod event;

pub use event::*;
