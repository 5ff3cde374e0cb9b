//! Where people sit: what of a room each of its members may see.

use std::collections::HashMap;

use api_kit::Problem;
use api_kit::shape::Role;
use domain::id::UserId;
use domain::permission::Permission;
use sqlx::types::Json;
use uuid::Uuid;

use crate::asking::View;
use crate::place::{Place, RoomRow};

/// A room, and somebody who is in it.
pub(super) type Pair = (Uuid, Uuid);

/// What a member may see of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seat {
    /// Where in the log they came in last.
    pub(super) joined: i64,
    /// What was said up to this position they do not see.
    pub(super) floor: i64,
    /// Whether they see who is banned.
    pub(super) bans: bool,
    /// Whether they see invites.
    pub(super) invites: bool,
    /// Whether they may say something: not to who blocks them.
    pub(super) writes: bool,
}

struct Row {
    room_id: Uuid,
    user_id: Uuid,
    member_roles: Vec<Uuid>,
    joined_position: i64,
    r#type: String,
    visibility: String,
    permissions: Vec<String>,
    roles: Json<Vec<Role>>,
    owner: Option<Uuid>,
    archived: bool,
    blocked: bool,
}

/// Where these people sit: in these rooms, or in all of theirs. Nobody sits in a room that is closed.
pub(super) async fn seats(
    view: &mut View,
    users: &[Uuid],
    rooms: Option<&[Uuid]>,
) -> Result<HashMap<Pair, Seat>, Problem> {
    if users.is_empty() || rooms.is_some_and(<[Uuid]>::is_empty) {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select m.room_id as "room_id!", m.user_id as "user_id!", m.roles as "member_roles!",
            m.joined_position as "joined_position!", r.type as "type!", r.visibility as "visibility!",
            r.permissions as "permissions!", r.roles as "roles!: Json<Vec<Role>>", r.owner, r.archived as "archived!",
            exists (
                select from read.block b where b.user_id = any(r.member_ids) and b.blocked_id = m.user_id and b.present
            ) as "blocked!"
        from read.membership m join read.room r on r.id = m.room_id
        where m.user_id = any($1) and m.present and not r.closed and ($2::uuid[] is null or m.room_id = any($2))"#,
        users,
        rooms,
    )
    .fetch_all(view.connection())
    .await?;
    rows.into_iter().map(Row::seat).collect()
}

/// Where those sit who are blocked now, or are not any more, by the first of each pair: in their rooms of two.
pub(super) async fn opposite(view: &mut View, blocks: &[(Uuid, Uuid)]) -> Result<HashMap<Pair, Seat>, Problem> {
    if blocks.is_empty() {
        return Ok(HashMap::new());
    }
    let (users, others): (Vec<Uuid>, Vec<Uuid>) = blocks.iter().copied().unzip();
    let rooms = sqlx::query_scalar!(
        r#"select r.id as "id!" from unnest($1::uuid[], $2::uuid[]) as b (user_id, blocked_id)
        join read.membership m on m.user_id = b.blocked_id and m.present
        join read.room r on r.id = m.room_id and b.user_id = any(r.member_ids)"#,
        &users,
        &others,
    )
    .fetch_all(view.connection())
    .await?;
    seats(view, &others, Some(&rooms)).await
}

impl Row {
    fn seat(self) -> Result<(Pair, Seat), Problem> {
        let room = RoomRow {
            room_type: self.r#type,
            visibility: self.visibility,
            permissions: self.permissions,
            roles: self.roles.0,
            owner: self.owner,
            archived: self.archived,
            closed: false,
        };
        let place = Place::of(UserId(self.user_id), Some(&room), true, &self.member_roles, self.joined_position)?;
        let seat = Seat {
            joined: self.joined_position,
            floor: place.floor(),
            bans: place.holds(Permission::BanMembers),
            invites: place.holds(Permission::InviteMembers),
            writes: !self.archived && !self.blocked && place.holds(Permission::SendMessages),
        };
        Ok(((self.room_id, self.user_id), seat))
    }
}
