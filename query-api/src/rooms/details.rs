//! Rooms as one person sees them.

use api_kit::Problem;
use api_kit::shape::{Message, My, Role, Room};
use domain::retention::Period;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::unread::{self, Counts};
use crate::asking::{Interrupted, View};
use crate::messages;
use crate::place::{Place, RoomRow, mute};

struct Row {
    id: Uuid,
    r#type: String,
    visibility: String,
    name: Option<String>,
    topic: Option<String>,
    permissions: Vec<String>,
    roles: Json<Vec<Role>>,
    created_by: Option<Uuid>,
    owner: Option<Uuid>,
    member_ids: Vec<Uuid>,
    created_at: OffsetDateTime,
    archived: bool,
    closed: bool,
    retain_days: Option<i64>,
    version: i64,
    member_count: i64,
    last_message_id: Option<Uuid>,
    present: Option<bool>,
    member_roles: Option<Vec<Uuid>>,
    joined_position: Option<i64>,
    muted: Option<bool>,
    muted_until: Option<OffsetDateTime>,
    pinned: Option<bool>,
    read_position: Option<i64>,
    unseen: Option<i64>,
}

/// The rooms with these ids as the caller sees them, in this order; what is not there is left out, what the caller must
/// not know of is not: that is for whoever chose the ids.
///
/// Rooms and memberships are seen to be fresh, each by two probes of the log, so that nobody finds a room that has just
/// been hidden from them.
pub(crate) async fn details(view: &mut View, ids: &[Uuid]) -> Result<Vec<Room>, Interrupted> {
    let user = view.caller.user;
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id as "id!", r.type as "type!", r.visibility as "visibility!", r.name, r.topic,
            r.permissions as "permissions!", r.roles as "roles!: Json<Vec<Role>>", r.created_by, r.owner,
            r.member_ids as "member_ids!", r.created_at as "created_at!", r.archived as "archived!", r.closed as "closed!",
            r.retain_days, r.version as "version!",
            coalesce(a.member_count, 0) as "member_count!", a.last_message_id as "last_message_id?",
            m.present as "present?", m.roles as "member_roles?", m.joined_position as "joined_position?",
            m.muted as "muted?", m.muted_until as "muted_until?", m.pinned as "pinned?",
            greatest(g.position, m.joined_position) as "read_position?",
            greatest(
                case when r.version <> coalesce(rl.sequence, 0) then coalesce(rl.position, $3) end,
                case when coalesce(m.version, 0) <> coalesce(ml.sequence, 0) then coalesce(ml.position, $3) end
            ) as "unseen?"
        from unnest($1::uuid[]) with ordinality as wanted (id, place)
        join read.room r on r.id = wanted.id
        left join read.room_activity a on a.room_id = r.id
        left join read.membership m on m.room_id = r.id and m.user_id = $2
        left join read.reading g on g.room_id = r.id and g.user_id = $2
        left join lateral (
            select e.sequence, e.position from log.events e
            where e.aggregate_type = 'room' and e.aggregate_id = r.id::text
            order by e.sequence desc limit 1) rl on true
        left join lateral (
            select e.sequence, e.position from log.events e
            where e.aggregate_type = 'membership' and e.aggregate_id = r.id::text || ':' || $2::uuid::text
            order by e.sequence desc limit 1) ml on true
        order by wanted.place"#,
        ids,
        user.0,
        view.head,
    )
    .fetch_all(view.connection())
    .await?;
    if let Some(position) = rows.iter().filter_map(|row| row.unseen).max() {
        return Err(Interrupted::Behind(position));
    }
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        seen.push((row.place(view)?, row));
    }
    let members = seen.iter().filter(|(place, _)| place.standing.present);
    let last: Vec<Uuid> = members.filter_map(|(_, row)| row.last_message_id).collect();
    let last = messages::these(view, &last).await?;
    let present = seen.iter().filter(|(place, _)| place.standing.present);
    let read: Vec<_> = present.map(|(_, row)| (row.id, row.read_position.unwrap_or_default())).collect();
    let counts = unread::counts(view, &read).await?;
    let now = view.now;
    let rooms = seen.into_iter().map(|(place, row)| {
        let last = last.iter().find(|message| message.room_id == row.id && message.position > place.floor());
        let unread = counts.get(&row.id).copied().unwrap_or_default();
        row.room(&place, last.cloned(), unread, now)
    });
    Ok(rooms.collect())
}

impl Row {
    fn place(&self, view: &View) -> Result<Place, Problem> {
        let room = RoomRow {
            room_type: self.r#type.clone(),
            visibility: self.visibility.clone(),
            permissions: self.permissions.clone(),
            roles: self.roles.0.clone(),
            owner: self.owner,
            archived: self.archived,
            closed: self.closed,
        };
        let roles = self.member_roles.as_deref().unwrap_or_default();
        let joined = self.joined_position.unwrap_or_default();
        Place::of(view.caller.user, Some(&room), self.present == Some(true), roles, joined)
    }

    /// What is of members alone is left out for others.
    fn room(self, place: &Place, last_message: Option<Message>, unread: Counts, now: OffsetDateTime) -> Room {
        let mute = mute(self.muted.unwrap_or_default(), self.muted_until, now);
        let my = place.standing.present.then(|| My {
            roles: place.defined(self.member_roles.as_deref().unwrap_or_default()),
            permissions: place.permissions(),
            is_muted: mute.is_some(),
            muted_until: mute.and_then(|mute| mute.until).map(Into::into),
            is_pinned: self.pinned.unwrap_or_default(),
            read_position: self.read_position.unwrap_or_default(),
            unread_count: unread.messages,
            mention_count: unread.mentions,
        });
        Room {
            id: self.id,
            r#type: self.r#type,
            visibility: self.visibility,
            name: self.name,
            topic: self.topic,
            permissions: self.permissions,
            roles: self.roles.0,
            member_ids: self.member_ids,
            created_by: self.created_by,
            owner_id: self.owner,
            created_at: self.created_at.into(),
            archived: self.archived,
            retain_for: self.retain_days.and_then(Period::of_days).map(Into::into),
            member_count: self.member_count,
            version: self.version,
            my,
            last_message,
        }
    }
}
