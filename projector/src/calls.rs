//! Calls: `migrations/read/call.sql`.

use domain::call::{CallEvent, Departure, Media, Outcome};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// A call in a room.
    struct Call in "call" by [id] {
        id: Uuid,
        room_id: Uuid,
        started_by: Uuid,
        media: String,
        started_at: OffsetDateTime,
        answered_at: Option<OffsetDateTime>,
        ended_at: Option<OffsetDateTime>,
        outcome: Option<String>,
        position: i64,
        last_position: i64,
        version: i64,
    }
}

row! {
    /// Somebody in a call, or who declined it.
    struct CallParticipant in "call_participant" by [call_id, user_id] {
        call_id: Uuid,
        user_id: Uuid,
        joined_at: Option<OffsetDateTime>,
        rejoined_at: Option<OffsetDateTime>,
        left_at: Option<OffsetDateTime>,
        departure: Option<String>,
        earlier_ms: i64,
    }
}

pub(crate) struct Calls;

impl Projection for Calls {
    const NAME: &'static str = "calls";
    const VERSION: i32 = 3;
    const DDL: &'static str = include_str!("../../migrations/read/call.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Call(id, fact) = &event.fact else { return };
        match fact {
            CallEvent::CallStarted { .. } => {}
            CallEvent::CallEnded { .. } => rows.calls.want([*id]),
            CallEvent::CallJoined { user_id, .. }
            | CallEvent::CallDeclined { user_id, .. }
            | CallEvent::CallLeft { user_id, .. } => {
                rows.calls.want([*id]);
                rows.call_participants.want([*id, user_id.0]);
            }
        }
    }

    /// Who is in a call when it ends is left as they are: it ended for them when it did.
    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Call(id, fact) = &event.fact else { return Ok(()) };
        let id = *id;
        if let CallEvent::CallStarted { room_id, by, media } = fact {
            rows.calls.make(Call {
                id,
                room_id: room_id.0,
                started_by: by.0,
                media: media_name(*media).to_owned(),
                started_at: event.at,
                answered_at: None,
                ended_at: None,
                outcome: None,
                position: event.position,
                last_position: event.position,
                version: event.sequence,
            })?;
            comes(rows, id, by.0, event.at);
            return Ok(());
        }
        let call = rows.calls.change([id]).ok_or(Poison::NothingToChange)?;
        (call.last_position, call.version) = (event.position, event.sequence);
        match fact {
            CallEvent::CallStarted { .. } => {}
            CallEvent::CallJoined { user_id, .. } => {
                if user_id.0 != call.started_by {
                    call.answered_at.get_or_insert(event.at);
                }
                comes(rows, id, user_id.0, event.at);
            }
            CallEvent::CallDeclined { user_id, .. } => goes(rows, id, user_id.0, event.at, "declined"),
            CallEvent::CallLeft { user_id, why, .. } => goes(rows, id, user_id.0, event.at, departure_name(*why)),
            CallEvent::CallEnded { outcome, .. } => {
                call.ended_at = Some(event.at);
                call.outcome = Some(outcome_name(*outcome).to_owned());
            }
        }
        Ok(())
    }
}

fn participant(rows: &mut Rows, call_id: Uuid, user_id: Uuid) -> &mut CallParticipant {
    rows.call_participants.change_or_make([call_id, user_id], || CallParticipant {
        call_id,
        user_id,
        joined_at: None,
        rejoined_at: None,
        left_at: None,
        departure: None,
        earlier_ms: 0,
    })
}

fn comes(rows: &mut Rows, call: Uuid, user: Uuid, at: OffsetDateTime) {
    let participant = participant(rows, call, user);
    if let (Some(came), Some(left)) = (participant.rejoined_at, participant.left_at) {
        participant.earlier_ms += milliseconds(came, left);
    }
    participant.joined_at.get_or_insert(at);
    (participant.rejoined_at, participant.left_at, participant.departure) = (Some(at), None, None);
}

fn goes(rows: &mut Rows, call: Uuid, user: Uuid, at: OffsetDateTime, departure: &str) {
    let participant = participant(rows, call, user);
    (participant.left_at, participant.departure) = (Some(at), Some(departure.to_owned()));
}

/// From one time to another, never less than nothing: clocks of several processes may differ.
pub(crate) fn milliseconds(from: OffsetDateTime, to: OffsetDateTime) -> i64 {
    i64::try_from((to - from).whole_milliseconds()).unwrap_or(i64::MAX).max(0)
}

pub(crate) fn media_name(media: Media) -> &'static str {
    match media {
        Media::Audio => "audio",
        Media::Video => "video",
    }
}

pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::Missed => "missed",
        Outcome::Declined => "declined",
    }
}

fn departure_name(departure: Departure) -> &'static str {
    match departure {
        Departure::Left => "left",
        Departure::Gone => "gone",
        Departure::Removed => "removed",
    }
}
