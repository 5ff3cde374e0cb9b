//! `PlaceHold`: an auditor keeps something from being erased.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::request::audit_reason;
use api_kit::{Path, Problem, Submitted};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::holds::{Holds, HoldsCommand, Kept};
use domain::id::{HoldId, RoomId, UserId};
use domain::room::Room;
use domain::user::User;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{audits, on_record};
use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Made, created_or_not, marks};
use crate::caller::Caller;
use crate::refused::refused;

/// What is kept, and why. A room, a user, or both: then what that user wrote in that room.
#[derive(Deserialize, ToSchema)]
#[schema(as = PlaceHold)]
pub(crate) struct Body {
    /// What was written in this room.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    room_id: Option<RoomId>,
    /// What was written by this user, and their account.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<UserId>,
    /// Why; it becomes part of the record.
    #[schema(example = "Case 7: preserve until settled", min_length = 1, max_length = 1000)]
    reason: String,
}

/// Places a legal hold: from this answer on what it keeps is not erased, by whomever and however: 409 `legal-hold`, and the
/// attempt is on record. A hold that was lifted is not placed again: 409 `id-taken`; the same is held anew by another id.
/// For auditors.
#[utoipa::path(
    put,
    path = "/v1/audit/holds/{id}",
    operation_id = "PlaceHold",
    tag = "audit",
    params(
        ("id" = Uuid, Path, description = "The hold: an id that the auditor chooses"),
        ("Audit-Reason" = String, Header, description = "Why the record is kept; it is itself put on record"),
        CommandHeaders,
    ),
    request_body = Body,
    responses(
        (status = 201, description = "Placed", body = Made),
        (status = 200, description = "In place already", body = Made),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<HoldId>,
    headers: HeaderMap,
    submitted: Result<Submitted<Body>, Problem>,
) -> Result<Response, Problem> {
    // Whoever is no auditor learns nothing of it, whatever they send.
    commands.ask(&caller, |actor| async move { audits(&actor) }).await?;
    let reason = &audit_reason(&headers)?;
    let Submitted { body, attempt } = submitted?;
    let body = &body;
    let done = commands.execute(&caller, &attempt, |actor| place(actor, id, body, reason)).await?;
    let made = Made { id: id.0, position: done.position };
    Ok(created_or_not(done.value, format!("/v1/audit/holds/{id}"), made, marks(&done)))
}

/// Whether it is placed by this.
async fn place(actor: Actor, id: HoldId, body: &Body, reason: &str) -> Result<bool, Problem> {
    audits(&actor)?;
    let keeps = Kept { room_id: body.room_id, user_id: body.user_id };
    if let Some(room) = keeps.room_id
        && actor.unit.load::<Room>(&room.to_string()).await?.sequence == 0
    {
        return Err(Problem::invalid("/room_id", "there is no such room"));
    }
    if let Some(user) = keeps.user_id
        && !actor.unit.load::<User>(&user.to_string()).await?.exists
    {
        return Err(Problem::invalid("/user_id", "there is no such user"));
    }
    let place = HoldsCommand::Place { id, by: actor.user, keeps, reason: body.reason.clone() };
    let events = actor.unit.load::<Holds>(Holds::STREAM).await?.decide(place).map_err(refused)?;
    let placed = !events.is_empty();
    if placed {
        on_record(&actor, reason, format!("PUT /v1/audit/holds/{id}")).await?;
    }
    actor.unit.append::<Holds>(Holds::STREAM, events, None);
    Ok(placed)
}
