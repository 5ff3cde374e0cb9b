//! The rooms in which somebody may find something, and how far back.

use std::collections::HashMap;

use concordance::Keys;
use uuid::Uuid;

use crate::asking::{Interrupted, View};
use crate::rooms::places;

/// The caller's rooms that are searched, each with the position up to which they see nothing.
pub(super) struct Own {
    floors: HashMap<Uuid, i64>,
    keys: Keys,
}

/// The caller's rooms, one row for thousands.
struct Rooms {
    /// In which they find all that was ever said.
    seen_whole: Vec<Uuid>,
    /// The others; nothing is found in the secret and the closed ones among them.
    others: Vec<Uuid>,
}

impl Own {
    /// All of them, or those among `within`.
    ///
    /// For somebody without a role the room's permissions are all they have, so that what they see is known without a look
    /// at the roles; where it takes more, the domain's rule says it.
    pub(super) async fn rooms(view: &mut View, within: Option<&[Uuid]>) -> Result<Self, Interrupted> {
        let user = view.caller.user;
        let mut rooms = sqlx::query_as!(
            Rooms,
            r#"select coalesce(array_agg(id) filter (where sees_all), '{}') as "seen_whole!",
                coalesce(array_agg(id) filter (where not sees_all), '{}') as "others!"
            from (
                select m.room_id as id, m.roles = '{}' and searched.id is not null as sees_all
                from read.membership m
                left join (
                    select id from read.room
                    where type <> 'secret' and not closed and 'view_history' = any(permissions)
                ) searched on searched.id = m.room_id
                where m.user_id = $1 and m.present
            ) own"#,
            user.0,
        )
        .fetch_one(view.connection())
        .await?;
        // Here, since a condition that may be none would give the database another plan for thousands of rooms.
        for rooms in [&mut rooms.seen_whole, &mut rooms.others] {
            rooms.retain(|room| within.is_none_or(|within| within.contains(room)));
        }
        let others = searched(view, &rooms.others).await?;
        let places = if others.is_empty() { HashMap::new() } else { places(view, &others).await? };
        let seen_whole = rooms.seen_whole.into_iter().map(|room| (room, 0));
        let floors: HashMap<_, _> =
            seen_whole.chain(places.into_iter().map(|(room, place)| (room, place.floor()))).collect();
        let keys = floors.keys().map(Uuid::as_u128).collect();
        Ok(Self { floors, keys })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.floors.is_empty()
    }

    /// Whether the caller sees what was said in a room at a position.
    pub(super) fn sees(&self, room: Uuid, position: i64) -> bool {
        self.floors.get(&room).is_some_and(|floor| position > *floor)
    }

    /// By which the index finds what was said in them.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Their ids, if there are no more than `most`.
    pub(super) fn few(&self, most: usize) -> Option<Vec<Uuid>> {
        (self.floors.len() <= most).then(|| self.floors.keys().copied().collect())
    }
}

/// Those of some rooms that are searched at all: no secret one and no closed one.
///
/// Asked of all of them at once: to judge what somebody sees in a room costs far more, and they may be in many closed ones.
async fn searched(view: &mut View, rooms: &[Uuid]) -> Result<Vec<Uuid>, Interrupted> {
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar!(
        r#"select id as "id!" from read.room where id = any($1) and type <> 'secret' and not closed"#,
        rooms,
    )
    .fetch_all(view.connection())
    .await?)
}
