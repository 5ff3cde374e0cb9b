//! `ListPastMembers`: who was in a room, and what each could see.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, Items, Problem, Query, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Visit;
use super::get_room::Parameters;

/// A member of a room as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = PastMember)]
pub(crate) struct Shown {
    /// Who.
    user_id: Uuid,
    /// What they were called; null once they are erased.
    display_name: Option<String>,
    /// Ids of their roles.
    roles: Vec<Uuid>,
    /// What they could do; nothing while they were suspended, or erased.
    permissions: Vec<String>,
    /// They saw what was said after this position: 0 with `view_history`, else that of their joining; while they were suspended or
    /// erased, or the room was closed, `as_of` itself, so nothing.
    #[schema(example = 0)]
    sees_after: i64,
    /// Since when.
    joined_at: Timestamp,
    /// Counts the changes of their membership.
    version: i64,
}

/// Who was in a room at a position or a time, in the order of their joining, all at once: what each could do and see. For auditors; the
/// access is put on record first.
#[utoipa::path(
    get,
    path = "/v1/audit/rooms/{room}/members",
    operation_id = "ListPastMembers",
    tag = "audit",
    params(
        ("room" = Uuid, Path, description = "The room"),
        Parameters,
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Items<Shown>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    visit: Visit,
    parameters: Result<Query<Parameters>, Problem>,
) -> Result<Answer<Items<Shown>>, Problem> {
    let as_of = parameters.and_then(|Query(parameters)| parameters.as_of());
    let then = visit.then(as_of).await?;
    let mut members = then.members()?;
    members.sort_by_key(|member| (member.joined_position, member.user_id));
    let mut items = Vec::with_capacity(members.len());
    for member in members {
        let place = then.place(&member)?;
        items.push(Shown {
            user_id: member.user_id,
            roles: place.defined(&member.roles),
            permissions: if member.shut_out { vec![] } else { place.permissions() },
            sees_after: then.sees_after(&member)?,
            display_name: member.display_name,
            joined_at: member.joined_at,
            version: member.version,
        });
    }
    Ok(Answer::seen(then.position, Items { items, before: None, after: None }))
}
