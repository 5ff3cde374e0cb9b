//! `DeleteMessage`: an author, or who has `delete_messages`, takes a message back.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use domain::message::{Message, MessageCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Deletes a message, which keeps its place. Needs `delete_messages` for others' messages.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/messages/{id}",
    operation_id = "DeleteMessage",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        CommandHeaders,
        VersionHeader,
    ),
    responses((status = 204, description = "Deleted"), CommandProblems),
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
            let delete = MessageCommand::Delete { room, by: place.standing };
            let events = message.decide(delete).map_err(refused)?;
            if_match.check(message.sequence)?;
            actor.unit.append::<Message>(&id.to_string(), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
