//! Recognising a command that comes again: by its `Idempotency-Key`, or by the id that the client chose.

use std::fmt;

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use bytes::Bytes;
use event_store::{Receipt, ReceiptKind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Problem;
use crate::json::Parsed;

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

/// What a command is recognised by when it comes again: its `Idempotency-Key`, and a digest of method, path and body. Most
/// commands have no name to be recognised by: the digest is made for those that have.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    key: Option<String>,
    method: Method,
    uri: Uri,
    body: Came,
}

/// A request's body, as it came.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Came {
    /// Counts as it is.
    Bytes(Bytes),
    /// JSON, which was read: its spacing and the order of its keys do not count.
    Json(Bytes),
}

impl Attempt {
    /// The attempt that a request is. A malformed `Idempotency-Key` is 400.
    pub(crate) fn of(parts: &Parts, body: Came) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let key = keys.next().map(|value| read_key(value.as_bytes())).transpose()?;
        if keys.next().is_some() {
            return Err(malformed());
        }
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Ok(Self { key, method: parts.method.clone(), uri: uri.clone(), body })
    }

    /// By what the store knows this request again: its `Idempotency-Key` if it has one, and the id that the client
    /// chose for what it creates, if it did.
    pub fn receipts(&self, key: &ReceiptKey, id: Option<Uuid>) -> Vec<Receipt> {
        if self.key.is_none() && id.is_none() {
            return vec![];
        }
        let mac = self.mac(key);
        let of = |kind, name| Receipt { kind, key: name, mac: mac.clone() };
        let named = self.key.clone().map(|name| of(ReceiptKind::IdempotencyKey, name));
        let chosen = id.map(|id| of(ReceiptKind::Id, id.to_string()));
        named.into_iter().chain(chosen).collect()
    }

    fn mac(&self, key: &ReceiptKey) -> Vec<u8> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key.0).expect("an HMAC takes keys of any length");
        mac.chain_update(self.digest()).finalize().into_bytes().to_vec()
    }

    /// Of method, path and body in canonical form.
    fn digest(&self) -> [u8; 32] {
        let body = match &self.body {
            Came::Bytes(bytes) => bytes.clone(),
            // It was read before, so it is JSON.
            Came::Json(bytes) => Parsed::new(bytes).map(|parsed| parsed.canonical()).unwrap_or_default().into(),
        };
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut digest = Sha256::new();
        // Each part behind its length, so that no two requests run together to the same bytes.
        for part in [self.method.as_str().as_bytes(), path.as_bytes(), &body[..]] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Submitted;
    use axum::body::Body;
    use axum::extract::FromRequest;
    use axum::http::Request;
    use serde_json::Value;

    const KEY: ReceiptKey = ReceiptKey([7; 32]);

    async fn attempt(method: &str, path: &str, key: &str, body: &str) -> Attempt {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.header(IDEMPOTENCY_KEY, key).body(Body::from(body.to_owned())).unwrap();
        Submitted::<Value>::from_request(request, &()).await.unwrap().attempt
    }

    async fn mac(method: &str, path: &str, body: &str) -> Vec<u8> {
        attempt(method, path, "k", body).await.receipts(&KEY, None)[0].mac.clone()
    }

    #[tokio::test]
    async fn the_same_request_has_the_same_mac_and_no_other_has() {
        let first = mac("POST", "/v1/rooms?x=1", r#"{"a": 1, "b": 2}"#).await;
        assert_eq!(first, mac("POST", "/v1/rooms?x=1", r#"{"b":2,"a":1}"#).await);
        for (method, path, body) in [
            ("PUT", "/v1/rooms?x=1", r#"{"a": 1, "b": 2}"#),
            ("POST", "/v1/rooms?x=2", r#"{"a": 1, "b": 2}"#),
            ("POST", "/v1/rooms?x=1", r#"{"a": 1, "b": 3}"#),
        ] {
            assert_ne!(first, mac(method, path, body).await, "{method} {path} {body}");
        }
        let other =
            attempt("POST", "/v1/rooms?x=1", "k", r#"{"a": 1, "b": 2}"#).await.receipts(&ReceiptKey([8; 32]), None);
        assert_ne!(first, other[0].mac, "another key");
    }

    #[tokio::test]
    async fn a_request_is_known_by_its_key_and_by_the_chosen_id() {
        let attempt = attempt("POST", "/", "order-7", "{}").await;
        let id = Uuid::from_u128(5);
        let receipts = attempt.receipts(&KEY, Some(id));
        let names: Vec<_> = receipts.iter().map(|receipt| (receipt.kind, receipt.key.clone())).collect();
        assert_eq!(names, [(ReceiptKind::IdempotencyKey, "order-7".to_owned()), (ReceiptKind::Id, id.to_string())]);
    }

    #[tokio::test]
    async fn a_request_without_key_has_no_receipt_of_its_own() {
        let request = Request::delete("/").body(Body::empty()).unwrap();
        let crate::Bodiless(attempt) = crate::Bodiless::from_request(request, &()).await.unwrap();
        assert!(attempt.receipts(&KEY, None).is_empty());
        assert_eq!(attempt.receipts(&KEY, Some(Uuid::nil())).len(), 1);
    }

    #[tokio::test]
    async fn a_malformed_key_is_refused() {
        let long = "x".repeat(129);
        for keys in [&[""][..], &["a b"], &["é"], &[&long], &["a", "b"]] {
            let request = keys.iter().fold(Request::delete("/"), |request, key| request.header(IDEMPOTENCY_KEY, *key));
            let refused = crate::Bodiless::from_request(request.body(Body::empty()).unwrap(), &()).await.unwrap_err();
            assert_eq!(refused.slug(), "invalid-header", "{keys:?}");
        }
    }
}
