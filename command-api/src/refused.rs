//! What the domain refuses, as the client is told.

use api_kit::Problem;
use domain::reaction::EMOJI_MOST;
use domain::refusal::Refusal;

/// What the client is told of a refusal.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::NotFound,
        Refusal::NotAMember => Problem::NotAMember,
        Refusal::Lacks(permission) => Problem::Forbidden { permission: permission.name() },
        Refusal::Outranked => Problem::Outranked,
        Refusal::NotAnAdmin => Problem::Forbidden { permission: "admin" },
        Refusal::LastAdmin => Problem::LastAdmin,
        Refusal::Suspended => Problem::UserSuspended,
        Refusal::NotTheAuthor => Problem::NotTheAuthor,
        Refusal::NotTheOwner | Refusal::NotTheOwnerOfTheFile => Problem::NotTheOwner,
        Refusal::Blocked => Problem::Blocked,
        Refusal::Archived => Problem::Archived,
        Refusal::MessageDeleted => Problem::MessageDeleted,
        Refusal::Forwarded => Problem::Forwarded,
        Refusal::StaysSecret => Problem::StaysSecret,
        Refusal::TooManyReactions => Problem::TooManyReactions { most: EMOJI_MOST },
        Refusal::IdTaken => Problem::IdTaken,
        Refusal::HoldLifted => Problem::HoldLifted,
        Refusal::MembersFixed => Problem::MembersFixed,
        Refusal::GroupsOnly => Problem::GroupsOnly,
        Refusal::Banned => Problem::Banned,
        Refusal::CallEnded => Problem::CallEnded,
        Refusal::NotInTheCall => Problem::NotInTheCall,
        Refusal::InviteSpent => Problem::InviteSpent,
        Refusal::LimitReached { what, most } => Problem::LimitReached { what, most },
        Refusal::PositionUnknown => Problem::PositionUnknown,
        Refusal::LegalHold => Problem::LegalHold,
        Refusal::AuditReasonRequired => Problem::AuditReasonRequired,
        Refusal::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
    }
}
