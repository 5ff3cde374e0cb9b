//! What was: some events, replayed through the projections into rows that nobody stores.
//!
//! The same code makes these rows as makes the read models; a second one would sooner or later tell another past. Nothing is
//! loaded, so the events must begin with the beginning of whatever they tell of.

use std::collections::{HashMap, HashSet};

use event_store::{KeyError, Keyring, Recorded};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::event;
use crate::memberships::Membership;
use crate::messages::Message;
use crate::projection::ALL;
use crate::rooms::Room;
use crate::rows::Rows;

/// The projections whose rows are told, and those that their rows rest on. What is searched, read and the like is left out: a
/// room's past is long, and folding its words for the index would be the most of the work.
const TOLD: [&str; 6] = ["accounts", "rooms", "memberships", "calls", "messages", "reactions"];

/// What the projections make of some events: rows as JSON objects, with the names of the read models' columns, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Rooms, with what members and messages did to them: `member_count`, `message_count`.
    pub rooms: Vec<Value>,
    /// Memberships, with the `display_name` of whose they are, as far as the events tell it, and whether they were
    /// `shut_out`: suspended, or erased.
    pub members: Vec<Value>,
    /// Messages and notices, with their `reactions`.
    pub messages: Vec<Value>,
}

/// Replays events, in the order of their positions, with today's keys: what was erased since stays erased, and of secret rooms
/// nothing is opened. Like the read models it leaves out the rest of a stream of which one event cannot be projected.
///
/// Memory and time grow with the number of events: a room's, not the log's.
pub async fn replay(keyring: &Keyring, events: Vec<Recorded>) -> Result<Past, KeyError> {
    keyring.hear().await?;
    let (mut rows, mut parked) = (Box::<Rows>::default(), HashSet::new());
    let told: Vec<_> = ALL.iter().filter(|projection| TOLD.contains(&projection.name)).collect();
    for opened in event::open(keyring, events).await? {
        let stream = opened.recorded.stream();
        if parked.contains(&stream) {
            continue;
        }
        let project = |event| told.iter().try_for_each(|projection| (projection.project)(&mut rows, &event));
        if opened.event.and_then(project).is_err() {
            parked.insert(stream);
        }
    }
    Ok(Past {
        rooms: rows.rooms.iter().map(|room| of_room(&rows, room)).collect(),
        members: rows.memberships.iter().map(|membership| of_member(&rows, membership)).collect(),
        messages: of_messages(&rows),
    })
}

fn of_room(rows: &Rows, room: &Room) -> Value {
    let activity = rows.room_activities.get([room.id]);
    json!({
        "id": room.id, "type": room.r#type, "visibility": room.visibility, "name": room.name, "topic": room.topic,
        "permissions": room.permissions, "roles": room.roles, "created_by": room.created_by, "owner": room.owner,
        "created_at": written(room.created_at), "archived": room.archived, "closed": room.closed, "retain_days": room.retain_days, "version": room.version,
        "member_count": activity.map_or(0, |activity| activity.member_count),
        "message_count": activity.map_or(0, |activity| activity.message_count),
    })
}

fn of_member(rows: &Rows, membership: &Membership) -> Value {
    let account = rows.accounts.get([membership.user_id]);
    json!({
        "user_id": membership.user_id, "present": membership.present, "roles": membership.roles,
        "joined_at": written(membership.joined_at), "joined_position": membership.joined_position,
        "version": membership.version, "display_name": account.and_then(|account| account.display_name.clone()),
        "shut_out": account.is_some_and(|account| account.suspended || account.erased),
    })
}

fn of_messages(rows: &Rows) -> Vec<Value> {
    let mut reactions = HashMap::<_, Vec<Value>>::new();
    let mut counts: Vec<_> = rows.reaction_counts.iter().filter(|counted| counted.count > 0).collect();
    counts.sort_by(|one, other| one.emoji.cmp(&other.emoji));
    for counted in counts {
        let told = json!({"emoji": counted.emoji, "count": counted.count});
        reactions.entry(counted.message_id).or_default().push(told);
    }
    rows.messages
        .iter()
        .map(|message| of_message(message, reactions.get(&message.id).map_or(&[][..], Vec::as_slice)))
        .collect()
}

fn of_message(message: &Message, reactions: &[Value]) -> Value {
    json!({
        "id": message.id, "room_id": message.room_id, "sender_id": message.sender_id, "author_id": message.author_id,
        "type": message.r#type, "status": message.status, "text": message.text, "entities": message.entities,
        "sealed": message.sealed, "erased": message.erased, "reply_to": message.reply_to,
        "forwarded_from": message.forwarded_from, "files": message.files, "event": message.event,
        "pinned": message.pinned, "sent_at": written(message.sent_at), "edited_at": message.edited_at.map(written),
        "position": message.position, "version": message.version, "reactions": reactions,
    })
}

/// None of a year that is not written with four digits.
fn written(time: OffsetDateTime) -> Option<String> {
    time.format(&Rfc3339).ok()
}
