//! Notices: what happened in a room besides messages, told in its timeline.

use domain::call::CallEvent;
use domain::id::{UserId, derived};
use domain::membership::MembershipEvent;
use domain::message::MessageEvent;
use domain::room::RoomEvent;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Message;
use crate::calls::{media_name, milliseconds, outcome_name};
use crate::event::{Event, Fact};
use crate::projection::Poison;
use crate::rows::Rows;

/// What is told of an event.
struct Notice {
    room_id: Uuid,
    /// The kind of message.
    kind: &'static str,
    /// Whose doing it was.
    sender_id: Uuid,
    /// `{type, ...}`: the stored type of the event, and what of it can be read.
    event: Value,
}

/// Asks for the rows that a notice is put in its place by, and told from.
pub(super) fn want(rows: &mut Rows, event: &Event) {
    if let Fact::Call(call, CallEvent::CallStarted { room_id, .. } | CallEvent::CallEnded { room_id, .. }) = &event.fact
    {
        rows.calls.want([*call]);
        rows.room_activities.want([room_id.0]);
    } else if let Some(notice) = notice(rows, event) {
        rows.room_activities.want([notice.room_id]);
    }
}

/// Puts a notice in the timeline. It has the ordinal of the message before it: it is not counted, and no last message.
pub(super) fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
    let Some(Notice { room_id, kind, sender_id, event: told }) = notice(rows, event) else { return Ok(()) };
    let ordinal = rows.room_activities.get([room_id]).map_or(0, |activity| activity.message_count);
    rows.messages.make(Message {
        id: derived("notice", &event.id.to_string()),
        room_id,
        sender_id,
        author_id: Uuid::nil(), // nobody's words
        r#type: kind.to_owned(),
        position: event.position,
        ordinal,
        sender_ordinal: 0,
        status: "sent".to_owned(),
        text: None,
        sealed: false,
        erased: false,
        entities: None,
        mentions: None,
        reply_to: None,
        forwarded_from: None,
        files: None,
        event: Some(told),
        pinned: false,
        sent_at: event.at,
        edited_at: None,
        worded_version: 1,
        worded_position: event.position,
        version: 1,
        told: false,
    })
}

/// What is told of an event. Of a room's changes that nobody is known to have made (the operator's, and an import's if its
/// source does not tell), nothing is.
fn notice(rows: &Rows, event: &Event) -> Option<Notice> {
    let (room_id, kind, sender_id, mut told) = match &event.fact {
        Fact::Membership(fact) => of_membership(fact)?,
        Fact::Call(call, fact) => of_call(rows, *call, fact)?,
        Fact::Room(room, fact) => {
            let (by, told) = of_room(fact)?;
            (*room, "event", event.actor.or(by.map(|by| by.0))?, told)
        }
        Fact::Message(message, MessageEvent::MessagePinned { room_id, by, imported: _ }) => {
            (room_id.0, "event", by.0, json!({"message_id": message}))
        }
        Fact::Message(..)
        | Fact::User(..)
        | Fact::Session(..)
        | Fact::Settings(..)
        | Fact::Invite(..)
        | Fact::Admins(_)
        | Fact::Reaction(_)
        | Fact::Reading(_)
        | Fact::File(..)
        | Fact::Blob(_)
        | Fact::Audit(_)
        | Fact::Holds(_)
        | Fact::Retention(_)
        | Fact::Erasure(..) => return None,
    };
    told["type"] = event.fact.type_name().into();
    Some(Notice { room_id, kind, sender_id, event: told })
}

/// Who comes in with the room's making is no news.
fn of_membership(fact: &MembershipEvent) -> Option<(Uuid, &'static str, Uuid, Value)> {
    let (room, user, kind, by) = match fact {
        MembershipEvent::MembershipAdded { room_id, user_id, by, founding: false } => {
            (room_id, user_id, "user_joined", by)
        }
        MembershipEvent::MembershipLeft { room_id, user_id, .. } => (room_id, user_id, "user_left", user_id),
        MembershipEvent::MembershipRemoved { room_id, user_id, by } => (room_id, user_id, "user_left", by),
        MembershipEvent::MembershipJoined { room_id, user_id, founding: false, .. } => {
            (room_id, user_id, "user_joined", user_id)
        }
        // A ban of who is in it removes them too; what they hold and how they keep the room is shown with them.
        MembershipEvent::MembershipAdded { founding: true, .. }
        | MembershipEvent::MembershipJoined { founding: true, .. }
        | MembershipEvent::MembershipRolesAssigned { .. }
        | MembershipEvent::MembershipBanned { .. }
        | MembershipEvent::MembershipUnbanned { .. }
        | MembershipEvent::MembershipMuted { .. }
        | MembershipEvent::MembershipUnmuted { .. }
        | MembershipEvent::MembershipPinned { .. }
        | MembershipEvent::MembershipUnpinned { .. } => return None,
    };
    Some((room.0, kind, by.0, json!({"user_id": user})))
}

/// Of a call its beginning and its end. What ended by itself is told as the doing of who started it.
fn of_call(rows: &Rows, id: Uuid, fact: &CallEvent) -> Option<(Uuid, &'static str, Uuid, Value)> {
    let call = rows.calls.get([id])?;
    let (by, told) = match fact {
        CallEvent::CallStarted { by, media, .. } => (by.0, json!({"call_id": id, "media": media_name(*media)})),
        CallEvent::CallEnded { by, outcome, .. } => {
            let duration = call.answered_at.zip(call.ended_at).map_or(0, |(from, to)| milliseconds(from, to));
            let by = by.map_or(call.started_by, |by| by.0);
            let outcome = outcome_name(*outcome);
            (by, json!({"call_id": id, "media": call.media, "outcome": outcome, "duration_ms": duration}))
        }
        CallEvent::CallJoined { .. } | CallEvent::CallDeclined { .. } | CallEvent::CallLeft { .. } => return None,
    };
    Some((call.room_id, "call", by, told))
}

/// With who did it, if the event itself says so.
fn of_room(fact: &RoomEvent) -> Option<(Option<UserId>, Value)> {
    let told = match fact {
        RoomEvent::RoomCreated { .. }
        | RoomEvent::RoomRoleDefined { .. }
        | RoomEvent::RoomRoleChanged { .. }
        | RoomEvent::RoomRoleDeleted { .. }
        | RoomEvent::RoomClosed => return None,
        RoomEvent::RoomRenamed { name, by, imported: _ } => (*by, json!({"name": name.get()})),
        RoomEvent::RoomTopicChanged { topic, by, imported: _ } => (*by, json!({"topic": topic.get()})),
        RoomEvent::RoomArchived { by, imported: _ } | RoomEvent::RoomUnarchived { by, imported: _ } => (*by, json!({})),
        RoomEvent::RoomOwnershipTransferred { from, to } => (None, json!({"from": from, "to": to})),
        RoomEvent::RoomVisibilityChanged { visibility } => (None, json!({"visibility": visibility})),
        RoomEvent::RoomPermissionsChanged { permissions } => (None, json!({"permissions": permissions})),
        RoomEvent::RoomRetentionChanged { retain_for } => (None, json!({"retain_for": retain_for})),
    };
    Some(told)
}
