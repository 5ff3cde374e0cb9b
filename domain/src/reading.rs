//! Stub: state and aggregate of `reading`.

mod event;

pub use event::*;
