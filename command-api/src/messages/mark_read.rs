//! `MarkRead`: a member says how far they have read.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{NoContent, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::RoomId;
use domain::reading::{Reading, ReadingCommand};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// How far.
#[derive(Deserialize, ToSchema)]
#[schema(as = MarkRead)]
pub(crate) struct Body {
    /// The position up to which the room is read. What lies before an earlier one changes nothing.
    #[schema(example = 42, minimum = 0)]
    position: i64,
}

/// Says how far one has read a room.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/read",
    operation_id = "MarkRead",
    tag = "messages",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders),
    request_body = Body,
    responses((status = 204, description = "Noted"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<NoContent, Problem> {
    let (commands, position) = (&commands, body.position);
    let done = commands.execute(&caller, &attempt, |actor| mark(actor, commands, room, position)).await?;
    Ok(no_content(&done))
}

async fn mark(actor: Actor, commands: &Commands, room: RoomId, position: i64) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let stream = Reading::stream(room, actor.user);
    let reading = actor.unit.load_last::<Reading>(&stream).await?;
    let newest = commands.store.reader().head().await?.position;
    let command = ReadingCommand::Advance { room, by: place.standing, position, newest };
    actor.unit.append::<Reading>(&stream, reading.decide(command).map_err(refused)?, Some(room.0));
    Ok(())
}
