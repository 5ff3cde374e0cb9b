//! `DeleteMessage`: an author, or who has `delete_messages`, takes a message back.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Answer, Bodiless, IfMatch, Path, Problem, shape};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::id::{MessageId, RoomId, UserId};
use domain::message::{Message, MessageCommand, MessageEvent};
use domain::reaction::Reaction;
use domain::room::RoomType;
use domain::sealed::KeyName;
use event_store::StoreError;

use crate::Commands;
use crate::actor::{Actor, Place};
use crate::answer::{marks, no_content};
use crate::caller::Caller;
use crate::erasure::Destroyed;
use crate::holds::Erasing;
use crate::refused::refused;

/// The kind of its stream.
const STREAM: &str = "message";

/// Deletes a message, which keeps its place. Needs `delete_messages` for others' messages, also for those of who
/// stands higher: to delete a message is not to act upon a member.
///
/// In a secret room its key is destroyed, so that no copy of it can be read, and those of the files that go with it and of
/// what people reacted with: the answer is a receipt of that. What a legal hold keeps is not destroyed: 409 `legal-hold`.
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
    responses(
        (status = 204, description = "Deleted"),
        (status = 200, description = "Destroyed, in a secret room", body = shape::Erasure),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, id)): Path<(RoomId, MessageId)>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<Response, Problem> {
    let (commands, if_match) = (&commands, &if_match);
    let message = Erasing { kind: STREAM, id: id.0 };
    let decide = |actor| delete(commands, actor, room, id, if_match);
    let done = commands.erase(&caller, &attempt, message, decide).await?;
    let Some(destroyed) = &done.value else { return Ok(no_content(&done).into_response()) };
    commands.forget_uploads(&destroyed.keys).await;
    let body = commands.receipt(&done, "message", destroyed);
    Ok(Answer { body, marks: marks(&done) }.into_response())
}

/// What it destroys for good, if anything.
async fn delete(
    commands: &Commands,
    actor: Actor,
    room: RoomId,
    id: MessageId,
    if_match: &IfMatch,
) -> Result<Option<Destroyed>, Problem> {
    let (place, stream) = (actor.place(room).await?, id.to_string());
    let said = actor.unit.load::<Message>(&stream).await?;
    // Their own words people take back wherever they stand, of others' they delete what they see.
    let message = if said.sender_id == Some(actor.user) { said } else { actor.message(&place, room, id).await? };
    let reactions = reactions(&actor, &place, id).await?;
    let delete = MessageCommand::Delete { room, by: place.standing, reactions };
    let events = message.decide(delete).map_err(refused)?;
    if_match.check(message.sequence)?;
    let destroyed = match (events.as_slice(), message.erasure()) {
        ([], Some(erasure)) => Some(commands.destroyed(erasure, STREAM, &stream).await?),
        ([MessageEvent::MessageDeleted { erasure: Some(erasure), .. }], _) => {
            // Of all whose words, files and reactions end, and of who forwarded them.
            let mut users: Vec<UserId> = erasure.keys.iter().filter_map(KeyName::author).collect();
            users.extend(message.sender_id);
            for user in users {
                actor.let_go(user, room).await?;
            }
            let positions = commands.store.reader().positions_of(STREAM, &stream).await;
            let positions = positions.map_err(StoreError::from)?;
            Some(Commands::destroys(&actor.unit, erasure.clone(), positions, actor.at.into()))
        }
        _ => None,
    };
    if !events.is_empty() {
        actor.detach(&message.files, room, id).await?;
    }
    actor.unit.append::<Message>(&stream, events, Some(room.0));
    Ok(destroyed)
}

/// The keys of what people reacted with to a message of a secret room. Their streams are guards of the append: whoever reacts
/// in the same moment does so before, or not at all.
async fn reactions(actor: &Actor, place: &Place, id: MessageId) -> Result<Vec<KeyName>, StoreError> {
    let mut keys = vec![];
    if place.room.room_type == RoomType::Secret {
        for member in &place.room.members {
            let reaction = actor.unit.load::<Reaction>(&Reaction::stream(id, *member)).await?;
            keys.extend(reaction.key.clone());
        }
    }
    Ok(keys)
}
