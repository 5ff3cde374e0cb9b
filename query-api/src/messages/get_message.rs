//! One message.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::{MessageId, RoomId};

use super::these;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::place::Place;

/// A message of a room.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/messages/{id}",
    operation_id = "GetMessage",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        QueryHeaders
    ),
    responses((status = 200, body = shape::Message), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, id)): Path<(RoomId, MessageId)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::Message>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let message = message_of(&mut view, &place, room, id).await?;
    Ok(view.answer_of(message.version, message))
}

/// A message of `room`, for a member who stands at `place`.
pub(crate) async fn message_of(
    view: &mut View,
    place: &Place,
    room: RoomId,
    id: MessageId,
) -> Result<shape::Message, Problem> {
    place.member()?;
    let message = these(view, &[id.0]).await?.pop();
    message.filter(|message| message.room_id == room.0 && message.position > place.floor()).ok_or(Problem::NotFound)
}
