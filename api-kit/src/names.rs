//! How the write edge finds whom a message mentions: the read edge knows who is called what.

use std::collections::BTreeMap;
use std::pin::Pin;

use uuid::Uuid;

use crate::Problem;

/// Members by what was asked for, on their way.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<BTreeMap<String, Uuid>, Problem>> + Send + 'a>>;

/// Finds members by their names, as far as the read models know them by now.
pub trait Names: Send + Sync {
    /// Those of `names` that are display names of members of a room, without regard to case. Costs some probes for each
    /// name, however large the room is.
    fn members(&self, room: Uuid, names: Vec<String>) -> Finding<'_>;
}
