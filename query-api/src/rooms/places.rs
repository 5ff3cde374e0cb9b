//! Where the caller stands in many rooms at once.

use std::collections::HashMap;

use api_kit::shape::Role;
use sqlx::types::Json;
use uuid::Uuid;

use crate::asking::{Interrupted, View};
use crate::place::{Place, RoomRow};

struct Row {
    id: Uuid,
    r#type: String,
    visibility: String,
    permissions: Vec<String>,
    roles: Json<Vec<Role>>,
    owner: Option<Uuid>,
    archived: bool,
    closed: bool,
    present: Option<bool>,
    member_roles: Option<Vec<Uuid>>,
    joined_position: Option<i64>,
    unseen: Option<i64>,
}

/// Where the caller stands in the rooms with these ids; none of a room that is not there.
///
/// Rooms and memberships are seen to be fresh, each by two probes of the log.
pub(crate) async fn places(view: &mut View, ids: &[Uuid]) -> Result<HashMap<Uuid, Place>, Interrupted> {
    let (user, head) = (view.caller.user, view.head);
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id as "id!", r.type as "type!", r.visibility as "visibility!", r.permissions as "permissions!",
            r.roles as "roles!: Json<Vec<Role>>", r.owner, r.archived as "archived!", r.closed as "closed!",
            m.present as "present?", m.roles as "member_roles?", m.joined_position as "joined_position?",
            greatest(
                case when r.version <> coalesce(rl.sequence, 0) then coalesce(rl.position, $3) end,
                case when coalesce(m.version, 0) <> coalesce(ml.sequence, 0) then coalesce(ml.position, $3) end
            ) as "unseen?"
        from unnest($1::uuid[]) as wanted (id)
        join read.room r on r.id = wanted.id
        left join read.membership m on m.room_id = r.id and m.user_id = $2
        left join lateral (
            select e.sequence, e.position from log.events e
            where e.aggregate_type = 'room' and e.aggregate_id = r.id::text
            order by e.sequence desc limit 1) rl on true
        left join lateral (
            select e.sequence, e.position from log.events e
            where e.aggregate_type = 'membership' and e.aggregate_id = r.id::text || ':' || $2::uuid::text
            order by e.sequence desc limit 1) ml on true"#,
        ids,
        user.0,
        head,
    )
    .fetch_all(view.connection())
    .await?;
    if let Some(position) = rows.iter().filter_map(|row| row.unseen).max() {
        return Err(Interrupted::Behind(position));
    }
    let places = rows.into_iter().map(|row| {
        let room = RoomRow {
            room_type: row.r#type,
            visibility: row.visibility,
            permissions: row.permissions,
            roles: row.roles.0,
            owner: row.owner,
            archived: row.archived,
            closed: row.closed,
        };
        let (roles, joined) = (row.member_roles.unwrap_or_default(), row.joined_position.unwrap_or_default());
        Ok((row.id, Place::of(user, Some(&room), row.present == Some(true), &roles, joined)?))
    });
    places.collect()
}
