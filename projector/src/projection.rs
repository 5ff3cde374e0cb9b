//! What a projection is: a name, a version, its tables and what one event does to their rows.

use crate::accounts::Accounts;
use crate::blocks::Blocks;
use crate::calls::Calls;
use crate::erasures::Erasures;
use crate::event::Event;
use crate::files::Files;
use crate::invites::Invites;
use crate::memberships::Memberships;
use crate::messages::Messages;
use crate::reactions::Reactions;
use crate::readings::Readings;
use crate::rooms::Rooms;
use crate::rows::Rows;
use crate::search::Search;
use crate::sessions::Sessions;
use crate::settings::Settings;

/// A read model. The runner owns batches, the checkpoint, parking and rebuilds.
///
/// What `project` does depends on the event and the rows alone: no clock, no ids, no other table of the database. It
/// touches a number of rows that does not grow with members, messages or the log.
pub(crate) trait Projection {
    /// Stable: read models remember which versions of which projections filled them.
    const NAME: &'static str;
    /// Goes up with every change of `DDL` or of what `project` does: read models of another version are rebuilt.
    const VERSION: i32;
    /// Makes its tables and then, below the line `-- Indexes.`, their indexes; names are not qualified.
    const DDL: &'static str;

    /// Asks for the rows that `project` changes, unless the event makes them.
    fn want(rows: &mut Rows, event: &Event);

    /// Does to the rows what the event says. An error leaves them as they were.
    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison>;
}

/// Why an event cannot be projected. Tells nothing that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Poison {
    #[error("its metadata cannot be read")]
    Metadata,
    #[error("its stream is of no kind, or has an id, that is known")]
    Stream,
    #[error("its payload has no shape that is known")]
    Payload,
    #[error("a sealed field does not open with its key")]
    Sealed,
    #[error("what it changes was never made")]
    NothingToChange,
    #[error("what it makes was made before")]
    MadeBefore,
    #[error("the database refuses its rows with {0}")]
    Refused(String),
}

/// A projection as a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    pub(crate) ddl: &'static str,
    pub(crate) want: fn(&mut Rows, &Event),
    pub(crate) project: fn(&mut Rows, &Event) -> Result<(), Poison>,
}

impl Definition {
    const fn of<P: Projection>() -> Self {
        Self { name: P::NAME, version: P::VERSION, ddl: P::DDL, want: P::want, project: P::project }
    }
}

/// Every projection of payloads; the index of events, which needs none, is [`crate::event_index`].
pub(crate) const ALL: [Definition; 14] = [
    Definition::of::<Accounts>(),
    Definition::of::<Blocks>(),
    Definition::of::<Sessions>(),
    Definition::of::<Settings>(),
    Definition::of::<Rooms>(),
    Definition::of::<Memberships>(),
    Definition::of::<Invites>(),
    Definition::of::<Calls>(),
    Definition::of::<Search>(),
    Definition::of::<Messages>(),
    Definition::of::<Reactions>(),
    Definition::of::<Readings>(),
    Definition::of::<Files>(),
    Definition::of::<Erasures>(),
];
