//! `StartCall`: a member calls the others.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Path, Problem, Submitted};
use axum::extract::State;
use domain::call::{CALL_CLAIM, Call, CallCommand, Media};
use domain::id::{CallId, RoomId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::claim;
use crate::Commands;
use crate::actor::Actor;
use crate::answer::marks;
use crate::caller::Caller;
use crate::chosen::{ChosenId, or_new};
use crate::refused::refused;

/// A call to be started.
#[derive(Deserialize, ToSchema)]
#[schema(as = StartCall)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    /// What it is for.
    #[schema(value_type = CallMedia)]
    media: Media,
}

/// What a call is for.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the names of the domain's, for the document")]
pub(crate) enum CallMedia {
    /// Voices.
    Audio,
    /// Voices and pictures.
    Video,
}

/// A call was started.
#[derive(Serialize, ToSchema)]
pub(crate) struct StartedCall {
    /// Its id.
    id: Uuid,
    /// The place of its start.
    #[schema(example = 42)]
    position: i64,
}

/// Starts a call in a room, and is the first in it. Needs `start_calls`. A room has one call at a time.
///
/// It rings for a minute; if nobody else joins by then it is missed. It ends when the last participant leaves.
#[utoipa::path(
    post,
    path = "/v1/rooms/{room}/calls",
    operation_id = "StartCall",
    tag = "calls",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders),
    request_body = Body,
    responses((status = 201, description = "It rings", body = StartedCall), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Created<StartedCall>, Problem> {
    let (id, media) = (CallId(or_new(body.id, &commands.context)), body.media);
    let chosen = body.id.map(|ChosenId(id)| id);
    let done = commands.create(&caller, &attempt, chosen, |actor| start(actor, room, id, media)).await?;
    let started = StartedCall { id: done.value.0, position: done.position };
    Ok(Created { location: format!("/v1/calls/{}", done.value), body: started, marks: marks(&done) })
}

/// An id that is taken is told before a call that goes on, which the append finds out.
async fn start(actor: Actor, room: RoomId, id: CallId, media: Media) -> Result<CallId, Problem> {
    let by = actor.place(room).await?.standing;
    let call = actor.unit.load::<Call>(&id.to_string()).await?;
    let events = call.decide(CallCommand::Start { room, by, media }).map_err(refused)?;
    actor.unit.claim(CALL_CLAIM, claim(room), id.to_string());
    actor.unit.append::<Call>(&id.to_string(), events, Some(room.0));
    Ok(id)
}
