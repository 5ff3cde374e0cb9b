//! Who carries signals to participants.

use std::pin::Pin;

use domain::id::{CallId, UserId};
use serde::Serialize;
use serde_json::Value;

/// A signal from one participant of a call to another: kept nowhere, and lost if nobody listens.
#[derive(Clone, Debug, Serialize)]
pub struct Signal {
    /// In which call.
    pub call_id: CallId,
    /// Who sends it.
    pub from: UserId,
    /// What their clients have to say to each other.
    pub payload: Value,
}

/// A signal on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// Carries signals.
pub trait Signals: Send + Sync {
    /// Carries a signal to wherever `to` is connected.
    fn send<'a>(&'a self, to: UserId, signal: &'a Signal) -> Sending<'a>;
}

/// Nothing carries signals now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing carries signals now")]
pub struct NotSent;
