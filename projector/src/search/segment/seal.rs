//! Sealing: a full segment's messages are written down by their grams, their rooms and their senders.
//!
//! What there is to write is gathered while messages come, so that the batch that fills a segment is not much slower than
//! the others. Where that cannot be, it is read from their rows, which say the same. Texts are folded and taken apart while
//! the database is busy with the batch's other rows.

use concordance::bucket::Filling;
use concordance::{Whose, fold, segment};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Postings, PostingsKey, Rewording, Segment};
use crate::rows::Table;

/// Texts after which other tasks get their turn.
const CHUNK: usize = 100;

/// What a segment's messages are found by.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    positions: Vec<i64>,
    /// Numbers and texts of messages that are not in `filling` yet.
    unfolded: Vec<(usize, String)>,
    filling: Filling,
    rooms: Whose,
    senders: Whose,
}

impl Gathered {
    /// Adds the segment's next message.
    pub(super) fn push(&mut self, position: i64, room: Uuid, sender: Uuid, text: Option<&str>) {
        let number = self.positions.len();
        self.positions.push(position);
        self.rooms.push(room.as_u128());
        self.senders.push(sender.as_u128());
        self.unfolded.extend(text.map(|text| (number, text.to_owned())));
    }

    /// Takes the texts apart that came since.
    pub(super) async fn fold(&mut self) {
        for (place, (number, text)) in (1..).zip(std::mem::take(&mut self.unfolded)) {
            self.filling.push(number, &fold(&text));
            if place % CHUNK == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Changes what those messages say that are the segment's.
    pub(super) async fn reword(&mut self, rewordings: &[Rewording]) {
        self.fold().await;
        for Rewording { position, before, after } in rewordings {
            if let Ok(number) = self.positions.binary_search(position) {
                self.filling.reword(number, before, after);
            }
        }
    }

    /// From the rows of a segment's messages.
    pub(super) async fn read(
        segment: &Segment,
        connection: &mut PgConnection,
        schema: &str,
    ) -> Result<Self, sqlx::Error> {
        let messages = format!(
            "select position, room_id, sender_id, text from {schema}.message \
             where position between $1 and $2 and type = 'message' and not sealed order by position"
        );
        let messages: Vec<(i64, Uuid, Uuid, Option<String>)> = sqlx::query_as(&messages)
            .bind(segment.first_position)
            .bind(segment.last_position)
            .fetch_all(&mut *connection)
            .await?;
        let mut gathered = Self::default();
        for (position, room, sender, text) in messages {
            gathered.push(position, room, sender, text.as_deref());
        }
        Ok(gathered)
    }

    /// Makes the buckets of a full segment, and the rest of its row.
    pub(super) async fn seal(mut self, full: &Segment, buckets: &mut Table<Postings>) -> Segment {
        self.fold().await;
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
