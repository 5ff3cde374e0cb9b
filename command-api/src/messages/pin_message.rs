//! `PinMessage`: a member pins a message in its room.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use domain::message::{Message, MessageCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Pins a message in its room, up to 500 times. Needs `pin_messages`.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/messages/{id}/pin",
    operation_id = "PinMessage",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        CommandHeaders,
        VersionHeader,
    ),
    responses((status = 204, description = "Pinned"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, id)): Path<(RoomId, MessageId)>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(room).await?;
            let message = actor.message(&place, room, id).await?;
            let pin = MessageCommand::Pin { room, by: place.standing };
            let events = message.decide(pin).map_err(refused)?;
            if_match.check(message.sequence)?;
            actor.unit.append::<Message>(&id.to_string(), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
