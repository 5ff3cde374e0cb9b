//! One room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::RoomId;

use super::details;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::place::Place;

/// A room that one is a member of, or a public one.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}",
    operation_id = "GetRoom",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), QueryHeaders),
    responses((status = 200, body = shape::Room), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::Room>, Problem> {
    let (mut view, place) = queries.at(&asker, room).await?;
    let room = room_of(&mut view, &place, room).await?;
    Ok(view.answer_of(room.version, room))
}

/// The room as the caller sees it, who stands at `place` in it.
pub(crate) async fn room_of(view: &mut View, place: &Place, room: RoomId) -> Result<shape::Room, Problem> {
    place.knows()?;
    details(view, &[room.0]).await?.pop().ok_or(Problem::NotFound)
}
