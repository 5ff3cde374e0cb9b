//! Messages as one person sees them.

use api_kit::Problem;
use api_kit::shape::{Data, Entity, File, ForwardedFrom, Message, Reaction};
use domain::id::RoomId;
use serde_json::Value;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::beside::{self, Readers};
use super::secret;
use crate::asking::View;
use crate::slice::Slice;

#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
struct Row {
    id: Uuid,
    room_id: Uuid,
    sender_id: Uuid,
    r#type: String,
    status: String,
    text: Option<String>,
    sealed: bool,
    erased: bool,
    entities: Option<Json<Vec<Entity>>>,
    reply_to: Option<Uuid>,
    forwarded_from: Option<Json<ForwardedFrom>>,
    has_files: bool,
    event: Option<Value>,
    pinned: bool,
    sent_at: OffsetDateTime,
    edited_at: Option<OffsetDateTime>,
    position: i64,
    worded_position: i64,
    version: i64,
    deleted_as: Option<i64>,
}

/// The messages with these ids, in order of position, of whatever rooms: the caller's seeing them is for whoever chose
/// the ids.
pub(crate) async fn these(view: &mut View, ids: &[Uuid]) -> Result<Vec<Message>, Problem> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let none = Slice { before: 0, most_before: 0, after: 0, most_after: 0 };
    fetch(view, ids, None, 0, none).await
}

/// The messages of a room in a slice, in order of position; those up to `floor` are left out.
pub(super) async fn within(
    view: &mut View,
    room: RoomId,
    floor: i64,
    slice: Slice<i64>,
) -> Result<Vec<Message>, Problem> {
    fetch(view, &[], Some(room.0), floor, slice).await
}

/// A deletion counts from its answer on: where the read models are behind, the log is asked whether the last event of a
/// message deleted it, a probe for each message. So does an erasure: whether the author's key is gone is asked of the
/// keys, a probe for each message, before and after the read models are purged; whether its room keeps it no longer, of
/// what is still to be purged.
async fn fetch(
    view: &mut View,
    ids: &[Uuid],
    room: Option<Uuid>,
    floor: i64,
    slice: Slice<i64>,
) -> Result<Vec<Message>, Problem> {
    let (is_behind, user) = (view.is_behind(), view.caller.user);
    let rows = sqlx::query_as!(
        Row,
        r#"select m.id as "id!", m.room_id as "room_id!", m.sender_id as "sender_id!", m.type as "type!", m.status as "status!",
            m.text, m.entities as "entities?: Json<Vec<Entity>>", m.sealed as "sealed!", m.reply_to,
            m.worded_position as "worded_position!",
            m.erased or exists (select from keys.erased k where k.user_id = m.author_id)
                or exists (select from projection.hidden h where h.room_id = m.room_id and h.user_id = m.author_id
                    and m.sent_at >= h.since and m.sent_at < h.before) as "erased!",
            m.forwarded_from as "forwarded_from?: Json<ForwardedFrom>", m.files is not null as "has_files!",
            m.event, m.pinned as "pinned!", m.sent_at as "sent_at!", m.edited_at,
            m.position as "position!", m.version as "version!",
            case when last.event_type = 'message_deleted' then last.sequence end as "deleted_as?"
        from (
            (select * from read.message n where n.id = any($1))
            union all
            (select * from read.message n where n.room_id = $2 and n.position > $3 and n.position < $4
                order by n.position desc limit $5)
            union all
            (select * from read.message n where n.room_id = $2 and n.position > greatest($3, $6::bigint)
                order by n.position limit $7)
        ) m
        left join lateral (
            select e.sequence, e.event_type from log.events e
            where $8 and e.aggregate_type = 'message' and e.aggregate_id = m.id::text
            order by e.sequence desc limit 1
        ) last on true
        order by m.position"#,
        ids,
        room,
        floor,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
        is_behind,
    )
    .fetch_all(view.connection())
    .await?;
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let mut rooms: Vec<Uuid> = rows.iter().map(|row| row.room_id).collect();
    rooms.sort_unstable();
    rooms.dedup();
    let readers = Readers::of(view.connection(), &rooms).await?;
    let that = |which: fn(&Row) -> bool| rows.iter().filter(|row| which(row)).map(|row| row.id).collect::<Vec<_>>();
    let open = that(|row| !row.sealed && !row.is_gone());
    let mut reactions = beside::reactions(view.connection(), &open, user, is_behind).await?;
    let to_open: Vec<i64> = rows.iter().filter(|row| row.sealed).filter_map(Row::says_at).collect();
    let keyring = view.keyring.clone();
    let mut files = beside::files(view.connection(), &keyring, &that(|row| row.has_files), is_behind).await?;
    let mut opened = secret::opened(view.connection(), &keyring, &to_open).await?;
    let sealed = that(|row| row.sealed && !row.is_gone());
    reactions.extend(secret::reactions(view.connection(), &keyring, &sealed, user).await?);
    let message = |mut row: Row| {
        if row.sealed {
            // What does not open any more is gone, and its row is about to say so.
            let content = opened.remove(&row.worded_position);
            row.erased |= content.is_none();
            row.entities = content.as_ref().and_then(|content| shown(&content.entities));
            row.text = content.map(|content| content.text);
        }
        let (reactions, files) = (reactions.remove(&row.id), files.remove(&row.id));
        let seen_count = readers.count(row.room_id, row.position, row.sender_id);
        row.message(seen_count, reactions.unwrap_or_default(), files.unwrap_or_default())
    };
    Ok(rows.into_iter().map(message).collect())
}

/// What was found in a text that was sealed, as rows have it.
fn shown(entities: &[domain::message::Entity]) -> Option<Json<Vec<Entity>>> {
    let shown = serde_json::to_value(entities).and_then(serde_json::from_value).ok()?;
    (!entities.is_empty()).then_some(Json(shown))
}

impl Row {
    /// Whether it keeps its place and says nothing.
    fn is_gone(&self) -> bool {
        self.deleted_as.is_some() || self.erased || self.status == "deleted"
    }

    /// Where in the log it got its present wording, if it has one.
    fn says_at(&self) -> Option<i64> {
        (!self.is_gone()).then_some(self.worded_position)
    }

    fn message(self, seen_count: i64, reactions: Vec<Reaction>, files: Vec<File>) -> Message {
        let gone = self.is_gone();
        let (status, data, reactions) = if gone {
            ("deleted".to_owned(), Data::default(), vec![])
        } else {
            let data = Data {
                text: self.text,
                entities: self.entities.map(|Json(entities)| entities),
                files: self.has_files.then_some(files),
                reply_to: self.reply_to,
                forwarded_from: self.forwarded_from.map(|Json(from)| from),
                event: self.event,
            };
            (self.status, data, reactions)
        };
        Message {
            id: self.id,
            room_id: self.room_id,
            sender_id: self.sender_id,
            r#type: self.r#type,
            status,
            data,
            reactions,
            seen_count,
            pinned: self.pinned && !gone,
            sent_at: self.sent_at.into(),
            edited_at: self.edited_at.map(Into::into),
            position: self.position,
            version: self.deleted_as.unwrap_or(self.version),
        }
    }
}
