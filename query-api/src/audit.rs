//! The record, for auditors: events as stored, in order.
//!
//! A whole export is streamed in constant memory, by pages of the log, up to where the log ended when it was asked for.
//! `hansard audit export` writes with the same [`export()`].

pub(crate) mod access;
mod event;
pub(crate) mod export;
mod filter;
pub(crate) mod holds;
pub(crate) mod list_events;
mod media_type;
mod opened;
mod pages;
pub(crate) mod past;
pub(crate) mod provenance;
#[cfg(test)]
mod tests;

pub use event::{CloudEvent, Event};
pub use export::{ExportError, Format, export};
pub use filter::{Filter, NotAStream, Span};
pub use past::{Replay, Replayed, Replaying};
