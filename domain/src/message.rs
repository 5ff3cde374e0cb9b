//! Stub: state and aggregate of `message`.

mod event;

pub use event::*;
