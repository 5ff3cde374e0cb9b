//! `ForwardMessage`: a member brings what was said in one room into another.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Path, Problem, Submitted};
use axum::extract::State;
use domain::file::File;
use domain::id::{MessageId, RoomId};
use domain::message::{Message, MessageCommand, MessageEvent, Source};
use serde::Deserialize;
use utoipa::ToSchema;

use super::attached::Copy;
use super::sent::{Sent, SentMessage};
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::chosen::{ChosenId, or_new};
use crate::files::quota::Reserved;
use crate::refused::refused;

/// Where to.
#[derive(Deserialize, ToSchema)]
#[schema(as = ForwardMessage)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice, for the new message.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    /// The room that it shall come to, which may be the same.
    #[schema(value_type = Uuid)]
    to_room_id: RoomId,
}

/// Forwards a message as it is now. Needs to see it where it is, and `send_messages` where it comes to; nothing leaves
/// a secret room. Each file that goes with it becomes one of one's own, of the same bytes.
#[utoipa::path(
    post,
    path = "/v1/rooms/{room}/messages/{id}/forwards",
    operation_id = "ForwardMessage",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room where it is"),
        ("id" = Uuid, Path, description = "The message"),
        CommandHeaders,
    ),
    request_body = Body,
    responses((status = 201, description = "Forwarded", body = SentMessage), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, message)): Path<(RoomId, MessageId)>,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Created<SentMessage>, Problem> {
    let id = MessageId(or_new(body.id, &commands.context));
    let (to, chosen) = (body.to_room_id, body.id.map(|ChosenId(id)| id));
    let reserved = Reserved::default();
    let files = (&commands, &reserved);
    let done = commands.create(&caller, &attempt, chosen, |actor| forward(actor, (room, message), (to, id), files));
    let done = done.await?;
    if !done.replayed {
        reserved.recorded(done.position);
    }
    Ok(SentMessage::created(to, &done))
}

async fn forward(
    actor: Actor,
    (room, message): (RoomId, MessageId),
    (to, id): (RoomId, MessageId),
    (commands, reserved): (&Commands, &Reserved),
) -> Result<Sent, Problem> {
    let place = actor.place(room).await?;
    let said = actor.message(&place, room, message).await?;
    let source = Source::of(room, place.standing, message, &said);
    let by = actor.place(to).await?.standing;
    // The stream is new, so nothing of it is loaded: should it be there, the append finds out.
    let copies = actor.copies(&said.files, room, to, id).await?;
    let files = copies.iter().map(|copy| copy.id).collect();
    let command = MessageCommand::Forward { id, room: to, by, source, files, at: actor.at };
    let events = Message::default().decide(command).map_err(refused)?;
    if id.0 == message.0 {
        // It is loaded after all: the append would go on after it.
        return Err(Problem::IdTaken);
    }
    for event in &events {
        if let MessageEvent::MessageSent { forwarded_from: Some(from), .. } = event
            && from.sender_id != actor.user
        {
            actor.brings(from.sender_id, to);
        }
    }
    if !copies.is_empty() {
        let blobs = copies.iter().filter_map(|copy| copy.brings.clone()).collect();
        reserved.hold(commands.files()?.quotas.reserve_copies(actor.user, copies.len(), &blobs)).await?;
    }
    for Copy { id, events, .. } in copies {
        actor.unit.append::<File>(&id.to_string(), events, Some(to.0));
    }
    actor.unit.append::<Message>(&id.to_string(), events, Some(to.0));
    Ok(Sent { id, sent_at: actor.at.into() })
}
