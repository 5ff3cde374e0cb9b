//! Why a command is refused.

use crate::permission::Permission;

/// Why a command is refused. Compared as a value by tests; the edge makes a problem document of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not there, or the actor may not know that it is.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The actor sees it but lacks this permission.
    #[error("you lack the permission {0}")]
    Lacks(Permission),
    /// The actor stands no higher than the member, role or permission acted upon.
    #[error("you do not stand above what you act upon")]
    Outranked,
    /// Only its author may do this.
    #[error("only its author may do this")]
    NotTheAuthor,
    /// The room is archived.
    #[error("the room is archived")]
    Archived,
    /// The message is deleted.
    #[error("the message is deleted")]
    MessageDeleted,
    /// The id is taken by something else.
    #[error("the id is taken")]
    IdTaken,
    /// Members cannot be added to or removed from a room of two.
    #[error("the members of this room are fixed")]
    MembersFixed,
    /// A read position lies beyond what exists.
    #[error("the position is not known")]
    PositionUnknown,
    /// A field has a value that it cannot have.
    #[error("{detail}")]
    Invalid {
        /// JSON pointer of the field, such as `/text`.
        pointer: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}
