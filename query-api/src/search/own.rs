//! The rooms in which somebody may find something, and how far back.

use std::collections::{HashMap, HashSet};

use concordance::key;
use uuid::Uuid;

use crate::asking::{Interrupted, View};
use crate::rooms::places;

/// The caller's rooms that are searched, each with the position up to which they see nothing.
pub(super) struct Own {
    floors: HashMap<Uuid, i64>,
    keys: HashSet<u32>,
}

struct Row {
    room_id: Uuid,
    sees_all: bool,
}

impl Own {
    /// All of them, or those among `within`.
    ///
    /// For somebody without a role the room's permissions are all they have, so that what they see is known without a look
    /// at the roles; where it takes more, the domain's rule says it.
    pub(super) async fn rooms(view: &mut View, within: Option<&[Uuid]>) -> Result<Self, Interrupted> {
        let user = view.caller.user;
        let rows = sqlx::query_as!(
            Row,
            r#"select m.room_id as "room_id!", (m.roles = '{}' and 'view_history' = any(r.permissions)) as "sees_all!"
            from read.membership m
            join read.room r on r.id = m.room_id
            where m.user_id = $1 and m.present and r.type <> 'secret' and not r.closed and ($2::uuid[] is null or m.room_id = any($2))"#,
            user.0,
            within,
        )
        .fetch_all(view.connection())
        .await?;
        let others: Vec<_> = rows.iter().filter(|row| !row.sees_all).map(|row| row.room_id).collect();
        let others = if others.is_empty() { HashMap::new() } else { places(view, &others).await? };
        let floors: HashMap<_, _> = rows
            .into_iter()
            .filter_map(|row| {
                let floor = if row.sees_all { 0 } else { others.get(&row.room_id)?.floor() };
                Some((row.room_id, floor))
            })
            .collect();
        let keys = floors.keys().map(|room| key(room.as_u128())).collect();
        Ok(Self { floors, keys })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.floors.is_empty()
    }

    /// Whether the caller sees what was said in a room at a position.
    pub(super) fn sees(&self, room: Uuid, position: i64) -> bool {
        self.floors.get(&room).is_some_and(|floor| position > *floor)
    }

    /// Whether a room with this key may be one of them.
    pub(super) fn has_key(&self, key: u32) -> bool {
        self.keys.contains(&key)
    }

    /// Their ids, if there are no more than `most`.
    pub(super) fn few(&self, most: usize) -> Option<Vec<Uuid>> {
        (self.floors.len() <= most).then(|| self.floors.keys().copied().collect())
    }
}
