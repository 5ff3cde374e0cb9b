//! Erasures: `migrations/read/erasure.sql`.

use domain::erasure::{CompletionEvent, Erasure};
use domain::file::FileEvent;
use domain::message::MessageEvent;
use domain::retention::RetentionEvent;
use domain::user::UserEvent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// What was destroyed for good.
    struct ErasureRow in "erasure" by [id] {
        id: Uuid,
        kind: String,
        subject_id: Uuid,
        keys: Vec<String>,
        created_at: OffsetDateTime,
        position: i64,
        blobs: Vec<String>,
        positions: Vec<i64>,
        finished: Option<i64>,
    }
}

pub(crate) struct Erasures;

impl Projection for Erasures {
    const NAME: &'static str = "erasures";
    const VERSION: i32 = 6;
    const DDL: &'static str = include_str!("../../migrations/read/erasure.sql");

    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::Erasure(id, _) = &event.fact {
            rows.erasures.want([*id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        if let Fact::Erasure(id, CompletionEvent::ErasureFinished(finished)) = &event.fact {
            let erasure = rows.erasures.change([*id]).ok_or(Poison::NothingToChange)?;
            erasure.blobs.clone_from(&finished.blobs);
            erasure.positions.clone_from(&finished.positions);
            erasure.finished = Some(event.position);
        }
        let Some((kind, subject_id, Erasure { id, keys })) = told(&event.fact) else { return Ok(()) };
        rows.erasures.make(ErasureRow {
            id: id.0,
            kind: kind.to_owned(),
            subject_id,
            keys: keys.iter().map(|key| key.as_str().to_owned()).collect(),
            created_at: event.at,
            position: event.position,
            blobs: vec![],
            positions: vec![],
            finished: None,
        })
    }
}

/// What it erases: the kind of the stream, its id, and what was destroyed.
fn told(fact: &Fact) -> Option<(&'static str, Uuid, &Erasure)> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "few events erase: who makes one that does adds it here")]
    match fact {
        Fact::Message(id, MessageEvent::MessageDeleted { erasure: Some(erasure), .. }) => {
            Some(("message", *id, erasure))
        }
        Fact::File(id, FileEvent::FileDeleted { erasure: Some(erasure), .. }) => Some(("file", *id, erasure)),
        Fact::User(id, UserEvent::UserErased { erasure }) => Some(("account", *id, erasure)),
        Fact::Retention(RetentionEvent::MessagesExpired { room_id, erasure }) => Some(("messages", room_id.0, erasure)),
        _ => None,
    }
}
