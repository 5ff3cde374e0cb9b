//! `SendSignal`: a participant's client tells another's how to reach it.

use api_kit::openapi::CommandProblems;
use api_kit::{Json, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{CallId, UserId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::signals::Signal;
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::refused::refused;

/// Most bytes of a signal's payload, as JSON without spaces.
const PAYLOAD_MOST: usize = 64 * 1024;

/// A signal to be relayed.
#[derive(Deserialize, ToSchema)]
#[schema(as = SendSignal)]
pub(crate) struct Body {
    /// Another participant.
    #[schema(value_type = Uuid)]
    to: UserId,
    /// Whatever the clients have to say to each other, such as an offer, an answer or a candidate of WebRTC: at most 64 KiB
    /// as JSON.
    #[schema(value_type = Object)]
    payload: Value,
}

/// Relays a signal to another participant of a call, on every connection that they have at the moment.
///
/// It is stored nowhere: nothing is remembered of it, there is no position, and whoever is not connected has missed it.
/// It takes no `Idempotency-Key`: what is sent again is relayed again.
#[utoipa::path(
    post,
    path = "/v1/calls/{id}/signals",
    operation_id = "SendSignal",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call")),
    request_body = Body,
    responses((status = 204, description = "On its way"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<CallId>,
    Json(Body { to, payload }): Json<Body>,
) -> Result<NoContent, Problem> {
    if payload.to_string().len() > PAYLOAD_MOST {
        return Err(Problem::TooLarge { limit: PAYLOAD_MOST });
    }
    let from = commands.ask(&caller, |actor| between(actor, id, to)).await?;
    let signal = Signal { call_id: id, from, payload };
    let signals = commands.signals.as_ref().ok_or_else(|| Problem::unavailable("signals need NATS"))?;
    signals.send(to, &signal).await.map_err(Problem::unavailable)?;
    Ok(NoContent::default())
}

/// The actor, who is in the call, as is whom they mean, both as members of its room now.
async fn between(actor: Actor, id: CallId, to: UserId) -> Result<UserId, Problem> {
    let (call, room, standing) = actor.call(id).await?;
    standing.open().map_err(refused)?;
    for user in [actor.user, to] {
        call.participant(user).map_err(refused)?;
    }
    if !actor.membership(room, to).await?.present {
        return Err(Problem::NotInTheCall);
    }
    Ok(actor.user)
}
