//! A few rooms in which little was said: what is in them costs less to look through than the index of everything.

use uuid::Uuid;

use super::{Candidate, Found, Stretch, take};
use crate::asking::{Interrupted, View};
use crate::search::wanted::Wanted;

/// Most messages that are looked through: some milliseconds.
const MESSAGES: i64 = 2_000;

/// The caller's rooms, if they and what was said in them are few.
pub(super) async fn rooms(view: &mut View, wanted: &Wanted) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    let Some(rooms) = wanted.few_rooms() else { return Ok(None) };
    let messages = sqlx::query_scalar!(
        r#"select coalesce(sum(message_count), 0)::bigint as "messages!" from read.room_activity where room_id = any($1)"#,
        &rooms,
    );
    let messages = messages.fetch_one(view.connection()).await?;
    Ok((messages <= MESSAGES).then_some(rooms))
}

/// Looks through all messages of these rooms.
pub(super) async fn look_through(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    rooms: &[Uuid],
) -> Result<Vec<Found>, Interrupted> {
    let mut candidates = sqlx::query_as!(
        Candidate,
        r#"select s.position as "position!", s.message_id as "message_id!", s.room_id as "room_id!"
        from unnest($1::uuid[]) as mine (room_id)
        cross join lateral (
            select m.position from read.message m
            where m.room_id = mine.room_id and m.position > $2 and m.position < $3 and m.type = 'message'
            order by m.position
        ) m
        cross join lateral (select * from read.search s where s.position = m.position limit 1) s
        where s.folded like all($4) and s.folded is not null and ($5::uuid[] is null or s.sender_id = any($5))
            and ($6::timestamptz is null or s.sent_at >= $6) and ($7::timestamptz is null or s.sent_at < $7)
        order by s.position"#,
        rooms,
        stretch.after,
        stretch.before,
        &wanted.patterns(),
        wanted.senders.as_deref(),
        wanted.since,
        wanted.until,
    )
    .fetch_all(view.connection())
    .await?;
    if stretch.newest_first {
        candidates.reverse();
    }
    let mut found = vec![];
    take(wanted, stretch, candidates, &mut found);
    Ok(found)
}
