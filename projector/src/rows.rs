//! The rows that a batch of events touches, of every table.

mod cell;
mod row;
mod statement;
mod table;

use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) use cell::{Cell, column};
pub(crate) use row::{Column, Keyed, Row, row};
pub(crate) use statement::Writes;
pub(crate) use table::{Added, Sums, Table};

use crate::accounts::Account;
use crate::blocks::Block;
use crate::calls::{Call, CallParticipant};
use crate::erasures::ErasureRow;
use crate::event_index::IndexedEvent;
use crate::files::{File, FilePermission, FileReference, FileUsage};
use crate::invites::Invite;
use crate::memberships::Membership;
use crate::messages::{Mention, Message, MessageVersion, Sender, Tally};
use crate::reactions::{Reaction, ReactionCount};
use crate::readings::Reading;
use crate::rooms::{Room, RoomActivity};
use crate::search::{Intake, Postings, Segment};
use crate::sessions::Session;
use crate::settings::UserSettings;

macro_rules! tables {
    ($($field:ident: $kind:ident<$row:ty> $(, $load:ident)?;)+) => {
        /// The rows that a batch of events touches: wanted, loaded, projected upon, stored.
        #[derive(Debug, Default)]
        pub(crate) struct Rows {
            $(pub(crate) $field: $kind<$row>,)+
            /// What the index of messages takes in.
            pub(crate) intake: Intake,
        }

        impl Rows {
            /// Loads what is wanted: one statement for each table that has something.
            pub(crate) async fn load(&mut self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
                $($(self.$field.$load(connection, schema).await?;)?)+
                Ok(())
            }

            /// Has what was changed written.
            pub(crate) fn write(&self, writes: &mut Writes, schema: &str) -> Result<(), sqlx::Error> {
                $(self.$field.write(writes, schema)?;)+
                Ok(())
            }

            /// Stores what was changed.
            pub(crate) async fn store(&self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
                let mut writes = Writes::default();
                self.write(&mut writes, schema)?;
                writes.execute(connection).await?;
                Ok(())
            }
        }

        /// Every table, with its key, by which its rows are put in order.
        pub(crate) const TABLES: &[TableName] = &[$(TableName {
            name: <$row as Row>::TABLE,
            key: <$row as Row>::KEY,
            columns: <$row as Row>::COLUMNS,
        }),+];
    };
}

tables! {
    accounts: Table<Account>, load;
    blocks: Table<Block>, load;
    sessions: Table<Session>, load;
    settings: Table<UserSettings>, load;
    rooms: Table<Room>, load;
    room_activities: Table<RoomActivity>, load;
    memberships: Table<Membership>, load;
    invites: Table<Invite>, load;
    messages: Table<Message>, load;
    message_versions: Added<MessageVersion>;
    segments: Table<Segment>;
    buckets: Table<Postings>;
    senders: Table<Sender>, load;
    mentions: Table<Mention>, load;
    tallies: Sums<Tally>;
    reactions: Table<Reaction>, load;
    reaction_counts: Table<ReactionCount>, load;
    readings: Table<Reading>, load;
    files: Table<File>, load;
    file_permissions: Table<FilePermission>, load;
    file_references: Table<FileReference>, load;
    file_usages: Sums<FileUsage>;
    calls: Table<Call>, load;
    call_participants: Table<CallParticipant>, load;
    erasures: Table<ErasureRow>, load;
    events: Added<IndexedEvent>;
}

/// Rows that batch after batch counts on, as they are at a checkpoint: those who fill a generation keep them rather than
/// load them again. Nobody but they may write these tables.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    room_activities: Table<RoomActivity>,
    senders: Table<Sender>,
}

impl From<Kept> for Rows {
    fn from(Kept { room_activities, senders }: Kept) -> Self {
        Self { room_activities, senders, ..Self::default() }
    }
}

impl Rows {
    /// What the next batch counts on, once this one is stored.
    pub(crate) fn kept(self) -> Kept {
        Kept { room_activities: self.room_activities.kept(), senders: self.senders.kept() }
    }

    /// What members and messages did to a room so far; nothing yet if the room is new, or parked.
    pub(crate) fn activity(&mut self, room: Uuid) -> &mut RoomActivity {
        self.room_activities.change_or_make([room], || RoomActivity::none(room))
    }
}

/// A table and the columns of its primary key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableName {
    pub(crate) name: &'static str,
    pub(crate) key: &'static [&'static str],
    pub(crate) columns: &'static [Column],
}
