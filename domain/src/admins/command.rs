//! What can be asked of the administrators.

use crate::id::UserId;

/// What is asked of the set of administrators. That the asker may is decided before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminsCommand {
    /// Adds somebody.
    Add(UserId),
    /// Removes somebody, who is not the last.
    Remove(UserId),
}
