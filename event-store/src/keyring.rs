//! Data keys: opened, minted, destroyed, and the sealing of fields with them.

use serde_json::Value;
use sqlx::PgPool;

use crate::Recorded;

/// A sealed field could not be opened for a reason other than its key's destruction.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key store could not be asked.
    #[error("the key store cannot be reached")]
    Unavailable(#[from] sqlx::Error),
    /// The ciphertext does not belong to this place, or was changed.
    #[error("a sealed field of event {event} does not open with its key")]
    Damaged {
        /// Position of the event.
        event: i64,
    },
    /// The payload is not JSON.
    #[error("the payload is not JSON")]
    NotJson(#[from] serde_json::Error),
}

/// The versioned keys that wrap all others; from a file that is not in the database.
#[derive(Clone)]
pub struct MasterKey;

/// The data keys of one process, cached.
#[derive(Clone)]
pub struct Keyring;

impl Keyring {
    /// A keyring over schema `keys`. `wrapped_by` names the keys that wrap a key, innermost first.
    pub fn new(_pool: PgPool, _master: MasterKey, _wrapped_by: fn(&str) -> Vec<String>) -> Self {
        todo!()
    }

    /// The payloads of `events` with every sealed field opened (`{"key", "open"}`), in their order; of a field whose
    /// key is destroyed, `open` is missing. One query for all keys that are not cached.
    pub async fn open(&self, _events: &[Recorded]) -> Result<Vec<Value>, KeyError> {
        todo!()
    }
}
