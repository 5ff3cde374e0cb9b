//! What the names of keys say. This crate knows no more of them.

use serde_json::Value;

use super::{Keyring, OPEN, named};

/// What the names of keys say.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames {
    /// The keys that wrap a key, innermost first; one that no other wraps is wrapped by the master key.
    pub wrapped_by: fn(&str) -> Vec<String>,
    /// Whether a key is fleeting: no process keeps it, or a state that was opened with it, between two uses.
    pub is_fleeting: fn(&str) -> bool,
}

impl Keyring {
    /// Whether a payload holds a field that was opened, or is to be sealed, with a fleeting key.
    pub(crate) fn holds_fleeting(&self, payload: &Value) -> bool {
        named(payload, OPEN).iter().any(|name| (self.inner.names.is_fleeting)(name))
    }
}
