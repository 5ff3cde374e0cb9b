//! Sealing: a full segment's messages are written down by their grams, their rooms and their senders.

use concordance::bucket::Filling;
use concordance::{Groups, key, segment};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Postings, Segment};
use crate::rows::Table;

/// Messages after which other tasks get their turn.
const CHUNK: usize = 500;

type Message = (i64, Uuid, Uuid, Option<String>);

/// Makes the buckets of a full segment, and the rest of its row.
pub(super) async fn seal(
    full: Segment,
    buckets: &mut Table<Postings>,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Segment, sqlx::Error> {
    let messages = format!(
        "select position, room_id, sender_id, folded from {schema}.search \
         where position between $1 and $2 order by position"
    );
    let messages: Vec<Message> = sqlx::query_as(&messages)
        .bind(full.first_position)
        .bind(full.last_position)
        .fetch_all(&mut *connection)
        .await?;
    let (mut filling, mut rooms, mut senders) = (Filling::default(), Groups::default(), Groups::default());
    for (number, (_, room, sender, folded)) in messages.iter().enumerate() {
        rooms.push(key(room.as_u128()), number);
        senders.push(key(sender.as_u128()), number);
        filling.push(number, folded.as_deref().unwrap_or_default());
        if number % CHUNK == 0 {
            tokio::task::yield_now().await;
        }
    }
    for (bucket, grams) in filling.write() {
        buckets.put(Postings { bucket: bucket.into(), segment: full.first_position, grams });
    }
    let positions: Vec<_> = messages.iter().map(|(position, ..)| *position).collect();
    Ok(Segment {
        positions: Some(segment::write_positions(full.first_position, &positions)),
        rooms: Some(rooms.write()),
        senders: Some(senders.write()),
        ..full
    })
}
