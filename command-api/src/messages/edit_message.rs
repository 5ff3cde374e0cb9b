//! `EditMessage`: an author changes what they said.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::shape;
use api_kit::{Answer, IfMatch, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use domain::message::{Message, MessageCommand, Names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::named::Named;
use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Changed, Shown, marks, shown};
use crate::caller::Caller;
use crate::refused::refused;

/// The new wording.
#[derive(Deserialize, ToSchema)]
#[schema(as = EditMessage)]
pub(crate) struct Body {
    /// What it says from now on.
    #[schema(example = "Hello, world!", min_length = 1, max_length = 16384)]
    text: String,
}

/// What a command knows of a message.
#[derive(Serialize)]
pub(crate) struct Known {
    id: Uuid,
    room_id: Uuid,
    sender_id: Option<Uuid>,
    r#type: &'static str,
    data: shape::Data,
    version: i64,
}

/// Changes the wording of one's own message.
///
/// Up to 1,000 times, and until its edits have 1,048,576 characters together: then 409 `limit-reached`.
///
/// `Event-Position` is the place of the change, `position` that of the message. While the read models are behind for
/// more than 2 s, the answer may lack what only they know.
#[utoipa::path(
    patch,
    path = "/v1/rooms/{room}/messages/{id}",
    operation_id = "EditMessage",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        CommandHeaders,
        VersionHeader,
    ),
    request_body = Body,
    responses((status = 200, description = "Changed", body = shape::Message), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, id)): Path<(RoomId, MessageId)>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Answer<Shown<shape::Message, Known>>, Problem> {
    let (text, if_match) = (&body.text, &if_match);
    let named = &Named::in_room(&commands, room);
    let done = commands.execute(&caller, &attempt, |actor| edit(actor, (room, id), (text, named), if_match)).await?;
    let marks = marks(&done);
    let rendered = match &commands.render {
        Some(render) => Some(render.message(caller.user()?.0, room.0, id.0, done.position).await),
        None => None,
    };
    let (body, version) = shown(id.0, done.value, rendered);
    Ok(Answer { body, marks: marks.version(version) })
}

async fn edit(
    actor: Actor,
    (room, id): (RoomId, MessageId),
    (text, named): (&str, &Named<'_>),
    if_match: &IfMatch,
) -> Result<Changed<Known>, Problem> {
    let place = actor.place(room).await?;
    let message = actor.message(&place, room, id).await?;
    let found = if message.sender_id == Some(actor.user) { named.of(text).await } else { Names::new() };
    let command = MessageCommand::Edit { room, by: place.standing, text: text.to_owned(), names: found };
    let events = message.decide(command).map_err(refused)?;
    if_match.check(message.sequence)?;
    actor.unit.append::<Message>(&id.to_string(), events, Some(room.0));
    let message = actor.unit.look::<Message>(&id.to_string()).await?;
    let known = Known {
        id: id.0,
        room_id: room.0,
        sender_id: message.sender_id.map(|sender| sender.0),
        r#type: "message",
        data: shape::Data { text: message.text.clone(), ..Default::default() },
        version: message.sequence,
    };
    Ok(Changed { version: message.sequence, known: Some(known) })
}
