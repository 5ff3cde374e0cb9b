//! `AddReaction`: a member reacts to a message with an emoji.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use domain::reaction::{Reaction, ReactionCommand, Target};

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Reacts to a message: with up to 20 different emoji at once, up to 500 times. Needs `react`.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/messages/{id}/reactions/{emoji}",
    operation_id = "AddReaction",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        ("emoji" = String, Path, description = "1 to 64 bytes, without spaces", example = "👍"),
        CommandHeaders,
    ),
    responses((status = 204, description = "Reacted"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, id, emoji)): Path<(RoomId, MessageId, String)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let emoji = &emoji;
    let done = commands.execute(&caller, &attempt, |actor| add(actor, room, id, emoji)).await?;
    Ok(no_content(&done))
}

async fn add(actor: Actor, room: RoomId, id: MessageId, emoji: &str) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let target = Target::of(room, id, &*actor.message(&place, room, id).await?);
    let stream = Reaction::stream(id, actor.user);
    let reaction = actor.unit.load::<Reaction>(&stream).await?;
    let command = ReactionCommand::Add { target, by: place.standing, emoji: emoji.to_owned(), at: actor.at };
    let events = reaction.decide(command).map_err(refused)?;
    actor.unit.append::<Reaction>(&stream, events, Some(room.0));
    Ok(())
}
