//! `LiftHold`: an auditor lets something be erased again.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::request::audit_reason;
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use domain::holds::{Holds, HoldsCommand};
use domain::id::HoldId;

use super::{audits, on_record, unsaid};
use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;

/// Lifts a legal hold. What no other hold keeps can be erased again. For auditors.
#[utoipa::path(
    delete,
    path = "/v1/audit/holds/{id}",
    operation_id = "LiftHold",
    tag = "audit",
    params(
        ("id" = Uuid, Path, description = "The hold"),
        ("Audit-Reason" = String, Header, description = "Why it is lifted; it becomes part of the record"),
        CommandHeaders,
    ),
    responses((status = 204, description = "Lifted"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<HoldId>,
    headers: HeaderMap,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    commands.ask(&caller, |actor| async move { audits(&actor) }).await?;
    let reason = audit_reason(&headers)?;
    let done = commands.execute(&caller, &attempt, |actor| lift(actor, id, &reason)).await?;
    Ok(no_content(&done))
}

async fn lift(actor: Actor, id: HoldId, reason: &str) -> Result<(), Problem> {
    audits(&actor)?;
    let lift = HoldsCommand::Lift { id, by: actor.user, reason: reason.to_owned() };
    let events = actor.unit.load::<Holds>(Holds::STREAM).await?.decide(lift).map_err(unsaid)?;
    if !events.is_empty() {
        on_record(&actor, reason, format!("DELETE /v1/audit/holds/{id}")).await?;
    }
    actor.unit.append::<Holds>(Holds::STREAM, events, None);
    Ok(())
}
