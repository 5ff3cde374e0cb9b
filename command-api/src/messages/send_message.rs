//! `SendMessage`: a member says something.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::{FileId, MessageId, RoomId};
use domain::message::{Message, MessageCommand, ReplyTo};
use serde::Deserialize;
use utoipa::ToSchema;

use super::named::Named;
use super::sent::{Sent, SentMessage};
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::chosen::{ChosenId, or_new};
use crate::refused::refused;

/// A message to be sent.
#[derive(Deserialize, ToSchema)]
#[schema(as = SendMessage)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    /// What it says: 1 to 16,384 characters. With files it may be empty, or left away.
    #[schema(example = "Hello!", max_length = 16384)]
    text: Option<String>,
    /// Files of one's own to go with it, at most 20: the room's members may see them for as long as the message is
    /// there.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 20)]
    file_ids: Vec<FileId>,
    /// The message of the same room that it answers.
    #[schema(value_type = Option<Uuid>)]
    reply_to: Option<MessageId>,
}

/// Sends a message to a room. Needs `send_messages`, and `send_files` with files.
///
/// Whom it mentions, after an `@`, is found in the read models as of all that came before it: should they be behind for more
/// than 2 s, it is not sent (503 `read-model-behind`).
#[utoipa::path(
    post,
    path = "/v1/rooms/{room}/messages",
    operation_id = "SendMessage",
    tag = "messages",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders),
    request_body = Body,
    responses((status = 201, description = "Sent", body = SentMessage), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Created<SentMessage>, Problem> {
    let id = MessageId(or_new(body.id, &commands.context));
    let (body, chosen) = (&body, body.id.map(|ChosenId(id)| id));
    let named = &Named::in_room(&commands, room);
    let done = commands.create(&caller, &attempt, chosen, |actor| send(actor, room, id, body, named)).await?;
    Ok(SentMessage::created(room, &done))
}

async fn send(actor: Actor, room: RoomId, id: MessageId, body: &Body, named: &Named<'_>) -> Result<Sent, Problem> {
    let place = actor.place(room).await?;
    place.standing.open().map_err(refused)?;
    let text = body.text.clone().or_else(|| (!body.file_ids.is_empty()).then(String::new));
    let text = text.ok_or_else(|| Problem::invalid("/text", "is missing"))?;
    let reply_to = match body.reply_to {
        Some(id) if actor.sees(&place, room, id).await? => {
            Some(ReplyTo::of(id, &*actor.unit.look::<Message>(&id.to_string()).await?))
        }
        Some(id) => Some(ReplyTo { id, room: None }),
        None => None,
    };
    let found = named.of(&text).await?;
    // The stream is new, so nothing of it is loaded: should it be there, the append finds out.
    let (by, files) = (place.standing.clone(), body.file_ids.clone());
    let command = MessageCommand::Send { id, room, by, text, files, names: found, reply_to, at: actor.at };
    let events = Message::default().decide(command).map_err(refused)?;
    if body.reply_to == Some(id) {
        // It is loaded after all: the append would go on after it.
        return Err(Problem::IdTaken);
    }
    actor.attach(&body.file_ids, &place.standing, room, id).await?;
    actor.unit.append::<Message>(&id.to_string(), events, Some(room.0));
    Ok(Sent { id, sent_at: actor.at.into() })
}
