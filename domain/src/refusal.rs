//! Why a command is refused.

use std::borrow::Cow;

use crate::permission::Permission;

/// Why a command is refused. Compared as a value by tests; the edge makes a problem document of it.
///
/// Where several apply, what the actor may not know wins, then the state, then what the actor lacks, then the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not there, or the actor may not know that it is.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The actor may know that the room is there, but is no member of it.
    #[error("you are not a member of this room")]
    NotAMember,
    /// The actor sees it but lacks this permission.
    #[error("you lack the permission {0}")]
    Lacks(Permission),
    /// The actor stands no higher than the member, role or permission acted upon.
    #[error("you do not stand above what you act upon")]
    Outranked,
    /// The actor does not administer the instance.
    #[error("only administrators may do this")]
    NotAnAdmin,
    /// Whoever is the last administrator stays one.
    #[error("the last administrator stays")]
    LastAdmin,
    /// The account is suspended.
    #[error("the account is suspended")]
    Suspended,
    /// Only its author may do this.
    #[error("only its author may do this")]
    NotTheAuthor,
    /// Only the room's owner may do this.
    #[error("only the owner of the room may do this")]
    NotTheOwner,
    /// Only who uploaded or forwarded the file may do this.
    #[error("only the owner of the file may do this")]
    NotTheOwnerOfTheFile,
    /// The other of two has blocked the actor.
    #[error("this person receives nothing from you")]
    Blocked,
    /// The room is archived.
    #[error("the room is archived")]
    Archived,
    /// The message is deleted, or its content was erased.
    #[error("the message is deleted")]
    MessageDeleted,
    /// What was forwarded is another's word, and stays as it is.
    #[error("what was forwarded is not edited")]
    Forwarded,
    /// Nothing is forwarded out of a secret room.
    #[error("nothing is forwarded out of a secret room")]
    StaysSecret,
    /// The actor has reacted to the message with as many different emoji as one may.
    #[error("as many different emoji as one may")]
    TooManyReactions,
    /// The id is taken by something else.
    #[error("the id is taken")]
    IdTaken,
    /// The hold with this id was lifted: it is not placed again.
    #[error("this hold was lifted: another id is needed")]
    HoldLifted,
    /// Members cannot be added to or removed from a room of two.
    #[error("the members of this room are fixed")]
    MembersFixed,
    /// Rooms of two have neither roles nor an owner.
    #[error("only groups have roles and an owner")]
    GroupsOnly,
    /// They are banned from the room.
    #[error("they are banned from this room")]
    Banned,
    /// The invite is used up, expired or revoked, or its maker may not invite any more.
    #[error("the invite is used up, has expired or was revoked")]
    InviteSpent,
    /// There are as many as there may be.
    #[error("there are {most} {what} already, as many as there may be")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The call is over.
    #[error("the call is over")]
    CallEnded,
    /// The actor, or whom they mean, is not in the call.
    #[error("only who is in the call sends and receives signals")]
    NotInTheCall,
    /// A read position lies beyond what exists.
    #[error("the position is not known")]
    PositionUnknown,
    /// A legal hold forbids erasing it.
    #[error("a legal hold keeps this from being erased")]
    LegalHold,
    /// An auditor gave no reason.
    #[error("an access to the record needs a reason")]
    AuditReasonRequired,
    /// A field has a value that it cannot have.
    #[error("{detail}")]
    Invalid {
        /// JSON pointer of the field, such as `/text`; empty for the whole document.
        pointer: Cow<'static, str>,
        /// What is wrong with it.
        detail: String,
    },
}

impl Refusal {
    /// A field has a value that it cannot have.
    pub(crate) fn invalid(pointer: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::Invalid { pointer: pointer.into(), detail: detail.into() }
    }
}
