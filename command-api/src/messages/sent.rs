//! What is answered of a message that was sent.

use api_kit::{Created, Timestamp};
use domain::id::{MessageId, RoomId};
use event_store::Done;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::marks;
use crate::receipted::receipt_of;

/// A message was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentMessage {
    /// Its id.
    id: Uuid,
    /// Its place in the log.
    #[schema(example = 42)]
    position: i64,
    /// When.
    sent_at: Timestamp,
}

/// What the answer is made of.
#[derive(Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) id: MessageId,
    pub(super) sent_at: Timestamp,
}

receipt_of!(Sent { id, sent_at });

impl SentMessage {
    /// 201: a message was sent to `room`.
    pub(super) fn created(room: RoomId, done: &Done<Sent>) -> Created<Self> {
        let Sent { id, sent_at } = done.value;
        let body = Self { id: id.0, position: done.position, sent_at };
        Created { location: format!("/v1/rooms/{room}/messages/{id}"), body, marks: marks(done) }
    }
}
