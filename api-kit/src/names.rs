//! How the write edge finds whom a message mentions: the read edge knows who is called what.

use std::collections::BTreeMap;
use std::pin::Pin;

use uuid::Uuid;

/// Members by what was asked for, on their way.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<BTreeMap<String, Uuid>, sqlx::Error>> + Send + 'a>>;

/// Finds members by their names.
pub trait Names: Send + Sync {
    /// Those of `names` that are display names of members of a room, without regard to case, as of all that the log holds
    /// when it is asked; if the read models have not seen all that within 2 s, as they are then. Costs some probes for each
    /// name, however large the room is and however many have the name.
    fn members(&self, room: Uuid, names: Vec<String>) -> Finding<'_>;
}
