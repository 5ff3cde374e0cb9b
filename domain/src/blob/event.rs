//! What can happen to a blob's name.

use serde::{Deserialize, Serialize};

/// What happened to a blob's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BlobEvent {
    /// It was given up: no record will come to refer to it any more.
    BlobCondemned {
        /// How many names of these bytes are given up with it.
        names: u32,
    },
}

crate::stored::stored_events! { BlobEvent {
    BlobCondemned => "blob_condemned",
} }
