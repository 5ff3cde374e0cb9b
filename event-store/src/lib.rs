//! The log: one total order of events, appended by group commit, read by position.
//!
//! Knows nothing of chat: streams are named by strings, payloads are JSON.

mod keyring;
mod metadata;
mod read;
mod recorded;

pub use keyring::{KeyError, Keyring, MasterKey};
pub use metadata::Metadata;
pub use read::{Head, Reader};
pub use recorded::Recorded;
