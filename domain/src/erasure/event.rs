//! What can happen to an erasure.

use serde::{Deserialize, Serialize};

use super::Finished;

/// What happened to an erasure, after the event that was it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CompletionEvent {
    /// No copy is left that the server holds. Tells all that the receipt tells, so that the record proves it.
    ErasureFinished(Finished),
}

crate::stored::stored_events! { CompletionEvent {
    ErasureFinished => "erasure_finished",
} }
