//! What the domain refuses, as the client is told.

use api_kit::Problem;
use domain::refusal::Refusal;

/// What the client is told of a refusal.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::NotFound,
        Refusal::NotAMember => Problem::NotAMember,
        Refusal::Lacks(permission) => Problem::Forbidden { permission: permission.name() },
        Refusal::Outranked => Problem::Outranked,
        Refusal::NotTheAuthor => Problem::NotTheAuthor,
        Refusal::Archived => Problem::Archived,
        Refusal::MessageDeleted => Problem::MessageDeleted,
        Refusal::IdTaken => Problem::IdTaken,
        Refusal::MembersFixed => Problem::MembersFixed,
        Refusal::PositionUnknown => Problem::PositionUnknown,
        Refusal::AuditReasonRequired => Problem::AuditReasonRequired,
        Refusal::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
    }
}
