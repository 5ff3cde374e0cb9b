//! Sealing: a full segment's messages are written down by their grams, their rooms and their senders.
//!
//! What there is to write is gathered while messages come, so that the batch that fills a segment is not much slower than
//! the others. Where that cannot be, it is read from their rows, which say the same.

use concordance::bucket::Filling;
use concordance::{Groups, segment};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Postings, PostingsKey, Segment};
use crate::rows::Table;
use crate::search::Findable;

/// Messages after which other tasks get their turn.
const CHUNK: usize = 500;

/// What a segment's messages are found by.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    positions: Vec<i64>,
    filling: Filling,
    rooms: Groups,
    senders: Groups,
}

impl Gathered {
    /// Adds the segment's next message.
    pub(super) fn push(&mut self, message: &Findable) {
        let Findable { position, room_id, sender_id, folded, .. } = message;
        self.add(*position, *room_id, *sender_id, folded.as_deref());
    }

    fn add(&mut self, position: i64, room: Uuid, sender: Uuid, folded: Option<&str>) {
        let number = self.positions.len();
        self.positions.push(position);
        self.rooms.push(room.as_u128(), number);
        self.senders.push(sender.as_u128(), number);
        self.filling.push(number, folded.unwrap_or_default());
    }

    /// From the rows of a segment's messages.
    pub(super) async fn read(
        segment: &Segment,
        connection: &mut PgConnection,
        schema: &str,
    ) -> Result<Self, sqlx::Error> {
        let messages = format!(
            "select position, room_id, sender_id, folded from {schema}.search \
             where position between $1 and $2 order by position"
        );
        let messages: Vec<(i64, Uuid, Uuid, Option<String>)> = sqlx::query_as(&messages)
            .bind(segment.first_position)
            .bind(segment.last_position)
            .fetch_all(&mut *connection)
            .await?;
        let mut gathered = Self::default();
        for (number, (position, room, sender, folded)) in messages.into_iter().enumerate() {
            gathered.add(position, room, sender, folded.as_deref());
            if number % CHUNK == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(gathered)
    }

    /// Makes the buckets of a full segment, and the rest of its row.
    pub(super) fn seal(self, full: &Segment, buckets: &mut Table<Postings>) -> Segment {
        for (bucket, grams) in self.filling.write() {
            let (bucket, segment) = (bucket.into(), full.first_position);
            let new = || Postings { bucket, segment, grams: vec![] };
            buckets.change_or_make(PostingsKey { bucket, segment }, new).grams = grams;
        }
        Segment {
            positions: Some(segment::write_positions(full.first_position, &self.positions)),
            rooms: Some(self.rooms.write()),
            senders: Some(self.senders.write()),
            ..full.clone()
        }
    }
}
