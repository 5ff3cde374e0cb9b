//! `RemoveReaction`: who reacted takes it back.

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

/// Takes a reaction of one's own back.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/messages/{id}/reactions/{emoji}",
    operation_id = "RemoveReaction",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        ("emoji" = String, Path, description = "1 to 64 bytes, without spaces", example = "👍"),
        CommandHeaders,
    ),
    responses((status = 204, description = "Not there"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, id, emoji)): Path<(RoomId, MessageId, String)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let emoji = &emoji;
    let done = commands.execute(&caller, &attempt, |actor| remove(actor, room, id, emoji)).await?;
    Ok(no_content(&done))
}

async fn remove(actor: Actor, room: RoomId, id: MessageId, emoji: &str) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let target = Target::of(room, id, &*actor.message(&place, room, id).await?);
    let stream = Reaction::stream(id, actor.user);
    let reaction = actor.unit.load::<Reaction>(&stream).await?;
    let command = ReactionCommand::Remove { target, by: place.standing, emoji: emoji.to_owned() };
    let events = reaction.decide(command).map_err(refused)?;
    actor.unit.append::<Reaction>(&stream, events, Some(room.0));
    Ok(())
}
