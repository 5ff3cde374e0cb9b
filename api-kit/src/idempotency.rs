//! Recognising a command that comes again: by its `Idempotency-Key`, or by the id that the client chose.

use std::fmt;

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use event_store::{Receipt, ReceiptKind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Problem;

/// The header with a client's own name for one command.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header that marks the answer to a command that had taken effect before.
pub const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";

/// The key of the MACs in receipts, so that nobody who reads the database can try bodies against them.
#[derive(Clone)]
pub struct ReceiptKey(pub [u8; 32]);

impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptKey")
    }
}

/// What a command is recognised by when it comes again: its `Idempotency-Key`, and a digest of method, path and body.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    key: Option<String>,
    digest: [u8; 32],
}

impl Attempt {
    /// The attempt that a request is, with its body in canonical form. A malformed `Idempotency-Key` is 400.
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let key = keys.next().map(|value| read_key(value.as_bytes())).transpose()?;
        if keys.next().is_some() {
            return Err(malformed());
        }
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut digest = Sha256::new();
        // Each part behind its length, so that no two requests run together to the same bytes.
        for part in [parts.method.as_str().as_bytes(), path.as_bytes(), body] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Ok(Self { key, digest: digest.finalize().into() })
    }

    /// By what the store knows this request again: its `Idempotency-Key` if it has one, and the id that the client
    /// chose for what it creates, if it did.
    pub fn receipts(&self, key: &ReceiptKey, id: Option<Uuid>) -> Vec<Receipt> {
        let of = |kind, name| Receipt { kind, key: name, mac: self.mac(key) };
        let named = self.key.clone().map(|name| of(ReceiptKind::IdempotencyKey, name));
        let chosen = id.map(|id| of(ReceiptKind::Id, id.to_string()));
        named.into_iter().chain(chosen).collect()
    }

    fn mac(&self, key: &ReceiptKey) -> Vec<u8> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key.0).expect("an HMAC takes keys of any length");
        mac.chain_update(self.digest).finalize().into_bytes().to_vec()
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("key", &self.key).finish_non_exhaustive()
    }
}

fn read_key(value: &[u8]) -> Result<String, Problem> {
    let visible = value.iter().all(u8::is_ascii_graphic) && (1..=128).contains(&value.len());
    let text = visible.then(|| str::from_utf8(value).ok()).flatten();
    text.map(str::to_owned).ok_or_else(malformed)
}

fn malformed() -> Problem {
    Problem::InvalidHeader { name: "Idempotency-Key", detail: "one of 1 to 128 visible ASCII characters" }
}
