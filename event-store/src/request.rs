//! What is known of a command before anything is decided.

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// What is known of a command before anything is decided.
#[derive(Clone, Debug)]
pub struct Request {
    /// Names the command; its events' ids are derived from it, so that the same one twice is found out.
    pub command_id: Uuid,
    /// The request that it belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event that it reacts to, by its id.
    pub causation_id: Option<Uuid>,
    /// Who acts, where that is known beforehand; see [`crate::Unit::actor`].
    pub actor_id: Option<Uuid>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// The clock's time when it came; of imports, when it happened.
    pub occurred_at: OffsetDateTime,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// By what the same request is known when it comes again.
    pub receipts: Vec<Receipt>,
    /// Whether it only looks, and is no answer: then no receipt keeps that it changed nothing.
    pub looks: bool,
}

impl Request {
    /// Of a command that nobody's request stands behind: no actor, no session, nothing it reacts to.
    pub fn unasked(command_id: Uuid, occurred_at: OffsetDateTime) -> Self {
        Self {
            command_id,
            correlation_id: None,
            causation_id: None,
            actor_id: None,
            session_id: None,
            occurred_at,
            traceparent: None,
            receipts: vec![],
            looks: false,
        }
    }
}

/// By what a request is known when it comes again.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Whose name it is.
    pub kind: ReceiptKind,
    /// The `Idempotency-Key`, or the id that the client chose.
    pub key: String,
    /// Keyed MAC of the request's method, path and body.
    pub mac: Vec<u8>,
}

/// What names a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    /// Header `Idempotency-Key`.
    IdempotencyKey,
    /// The id of what the request creates.
    Id,
}

impl Receipt {
    /// The key under which it is stored: the two kinds never meet.
    pub(crate) fn stored_key(&self) -> String {
        match self.kind {
            ReceiptKind::IdempotencyKey => format!("key/{}", self.key),
            ReceiptKind::Id => format!("id/{}", self.key),
        }
    }
}

/// The id of a command's event: the same whenever the command is decided.
pub(crate) fn event_id(command: Uuid, ordinal: usize) -> Uuid {
    let digest = Sha256::new().chain_update(command).chain_update((ordinal as u64).to_be_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uuid(text: &str) -> Uuid {
        text.parse().expect("a UUID")
    }

    #[test]
    fn an_events_id_is_made_of_its_commands_and_its_place_in_it() {
        // As the first release has them on record.
        let command = uuid("018cf33e-5e00-77d1-a670-1f67f8dca1a5");
        assert_eq!(event_id(command, 0), uuid("c4ba5025-8209-8af4-b854-c3ac853f6a8a"));
        assert_eq!(event_id(command, 1), uuid("f2303e38-3575-8df5-ae96-ef681d2067ef"));
    }

    #[test]
    fn no_two_events_have_one_id() {
        let commands = (0..20).map(Uuid::from_u128);
        let ids = commands.flat_map(|command| (0..300).map(move |ordinal| event_id(command, ordinal)));
        assert_eq!(ids.collect::<std::collections::HashSet<_>>().len(), 20 * 300);
    }
}
