//! `GetPastRoom`: a room as it was.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::shape::Role;
use api_kit::{Answer, Problem, Query, Timestamp};
use domain::retention::Period;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AsOf, RoomThen, Then, Visit};

/// When.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// A position, or an RFC 3339 time: then the last position that was recorded by then. Absent: now.
    #[param(example = "2026-03-01T00:00:00Z")]
    pub(super) as_of: Option<String>,
}

/// A room as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = PastRoom)]
pub(crate) struct Shown {
    /// The position that it was so at.
    #[schema(example = 42)]
    as_of: i64,
    /// Its id.
    id: Uuid,
    /// Dialog, group or secret room.
    r#type: String,
    /// Who found it.
    visibility: String,
    /// Null of a room of two, and once it is erased.
    name: Option<String>,
    /// Null where there was none.
    topic: Option<String>,
    /// What every member could do.
    permissions: Vec<String>,
    /// Its roles, highest rank first.
    roles: Vec<Role>,
    /// Who made it.
    created_by: Option<Uuid>,
    /// Who owned it.
    owner_id: Option<Uuid>,
    /// When it was made.
    created_at: Timestamp,
    /// Read, not written.
    archived: bool,
    /// Not there for anybody any more.
    closed: bool,
    /// For how long it kept messages, in days; null is for good.
    retain_for: Option<String>,
    /// How many people were in it.
    member_count: i64,
    /// How many messages had been sent.
    message_count: i64,
    /// Counts the changes of the room itself.
    version: i64,
}

impl Parameters {
    pub(super) fn as_of(&self) -> Result<Option<AsOf>, Problem> {
        self.as_of.as_deref().map(AsOf::parse).transpose()
    }
}

/// A room as it was at a position or a time, with today's keys: what was erased since stays erased. For auditors; the access is put on
/// record first. What is beyond the log's end is 409 `position-unknown`.
#[utoipa::path(
    get,
    path = "/v1/audit/rooms/{room}",
    operation_id = "GetPastRoom",
    tag = "audit",
    params(
        ("room" = Uuid, Path, description = "The room"),
        Parameters,
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Shown), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    visit: Visit,
    parameters: Result<Query<Parameters>, Problem>,
) -> Result<Answer<Shown>, Problem> {
    let as_of = parameters.and_then(|Query(parameters)| parameters.as_of());
    let Then { position, room, .. } = visit.then(as_of).await?;
    let RoomThen { r#type, visibility, name, topic, permissions, roles, created_by, owner, created_at, .. } = room;
    let RoomThen { archived, closed, retain_days, version, member_count, message_count, .. } = room;
    let shown = Shown {
        as_of: position,
        id: visit.room.0,
        r#type,
        visibility,
        name,
        topic,
        permissions,
        roles,
        created_by,
        owner_id: owner,
        created_at,
        archived,
        closed,
        retain_for: retain_days.and_then(Period::of_days).map(Into::into),
        member_count,
        message_count,
        version,
    };
    Ok(Answer::seen(position, shown))
}
