//! The record, for auditors: events as stored, in order.
//!
//! A whole export is streamed in constant memory, by pages of the log, up to where the log ended when it was asked for.
//! `hansard audit export` takes the same [`Pages`], and writes the same [`Lines`].

pub(crate) mod access;
mod admit;
mod event;
pub(crate) mod export;
mod filter;
pub(crate) mod holds;
mod lines;
pub(crate) mod list_events;
mod media_type;
mod opened;
mod pages;
pub(crate) mod past;
mod proved;
pub(crate) mod provenance;
#[cfg(test)]
mod tests;
mod what;

pub use admit::{Admitted, admit, still_audits};
pub use event::{CloudEvent, Event};
pub use export::{ExportError, Pages};
pub use filter::{Filter, NotAStream, Span};
pub use lines::{Format, Lines};
pub use past::{Replay, Replayed, Replaying};
pub use proved::{SignedHead, proof_of};
pub use what::on_record;
