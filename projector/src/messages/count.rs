//! What unread messages and mentions are counted by: running numbers, and sums of what changes later.
//!
//! Of messages after a place there are as many as ordinals are greater than the place's; so it is with those of one
//! sender. What is taken away later (by deletions and erasures), and what comes and goes by edits (a mention of everybody), is summed
//! up by how far back it lies: in [`Tally`]. A mention of one person is a row of its own.

use uuid::Uuid;

use super::Message;
use crate::rows::{Sums, Table, row};

/// Who is mentioned by `@all`, and whoever sent it.
pub(super) const EVERYBODY: Uuid = Uuid::nil();

/// A bucket of one level has as many of the level below: 128. The buckets of the lowest are of so many messages.
const BITS: i64 = 7;

/// Levels of buckets: those of the highest are of 2,097,152 messages.
const LEVELS: i64 = 3;

row! {
    /// How much somebody has said in a room.
    struct Sender in "sender" by [room_id, user_id] {
        room_id: Uuid,
        user_id: Uuid,
        message_count: i64,
    }
}

row! {
    /// Somebody, or everybody, is mentioned by a message that stands.
    struct Mention in "mention" by MentionKey { room_id: Uuid, user_id: Uuid, ordinal: i64 } {
        room_id: Uuid,
        user_id: Uuid,
        ordinal: i64,
        sender_id: Uuid,
    }
}

row! {
    /// How many messages of a bucket say nothing any more, or mention everybody.
    struct Tally in "tally" by TallyKey { room_id: Uuid, sender_id: Uuid, kind: String, level: i64, bucket: i64 } {
        room_id: Uuid,
        sender_id: Uuid,
        kind: String,
        level: i64,
        bucket: i64,
        count: i64,
    }
}

impl Sender {
    /// Who has not said anything yet.
    pub(super) fn new(room_id: Uuid, user_id: Uuid) -> Self {
        Self { room_id, user_id, message_count: 0 }
    }
}

/// The rows that messages are counted by.
pub(super) struct Counts<'a> {
    pub(super) mentions: &'a mut Table<Mention>,
    pub(super) tallies: &'a mut Sums<Tally>,
}

impl Counts<'_> {
    /// A message mentions `mentioned` from now on, and nobody else; nobody mentions themself.
    pub(super) fn mention(&mut self, message: &mut Message, mentioned: Vec<Uuid>) {
        let (room_id, sender_id, ordinal) = (message.room_id, message.sender_id, message.ordinal);
        let mentioned: Vec<Uuid> = mentioned.into_iter().filter(|user| *user != sender_id).collect();
        let before = message.mentions.take().unwrap_or_default();
        for &user_id in before.iter().filter(|user| !mentioned.contains(user)) {
            self.mentions.remove(MentionKey { room_id, user_id, ordinal });
        }
        for &user_id in mentioned.iter().filter(|user| !before.contains(user)) {
            self.mentions.put(Mention { room_id, user_id, ordinal, sender_id });
        }
        match (before.contains(&EVERYBODY), mentioned.contains(&EVERYBODY)) {
            (false, true) => self.tally(message, "all", 1),
            (true, false) => self.tally(message, "all", -1),
            (true, true) | (false, false) => {}
        }
        message.mentions = Some(mentioned).filter(|mentioned| !mentioned.is_empty());
    }

    /// A message says nothing from now on.
    pub(super) fn gone(&mut self, message: &Message) {
        self.tally(message, "gone", 1);
    }

    /// Among all of the room, and among its sender's.
    fn tally(&mut self, message: &Message, kind: &str, change: i64) {
        let room_id = message.room_id;
        for sender_id in [EVERYBODY, message.sender_id] {
            for level in 1..=LEVELS {
                let (kind, bucket) = (kind.to_owned(), message.ordinal >> (BITS * level));
                let key = TallyKey { room_id, sender_id, kind: kind.clone(), level, bucket };
                let nothing = || Tally { room_id, sender_id, kind, level, bucket, count: 0 };
                self.tallies.add(key, nothing).count += change;
            }
        }
    }
}
