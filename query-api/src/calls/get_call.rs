//! One call.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use domain::id::{CallId, RoomId};

use super::list_calls::{Call, these};
use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;

/// A call, as `ListCalls` has it: who takes part or took part, and for how long.
///
/// For members of its room, and those without `view_history` if it goes on or ended after their coming. Everybody else is told that it
/// is not there, though the room may be public.
#[utoipa::path(
    get,
    path = "/v1/calls/{id}",
    operation_id = "GetCall",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call"), QueryHeaders),
    responses((status = 200, body = Call), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<CallId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<Call>, Problem> {
    let mut view = queries.signed_in(&asker).await?;
    let room = room_of(&mut view, id).await?;
    drop(view);
    let (mut view, place) = queries.at(&asker, room).await?;
    place.member().map_err(|_| Problem::NotFound)?;
    let call = these(&mut view, &[id.0]).await?.pop();
    let call = call.filter(|call| call.is_after(place.floor())).ok_or(Problem::NotFound)?;
    Ok(view.answer(call))
}

/// The room that it is in, which never changes.
async fn room_of(view: &mut View, id: CallId) -> Result<RoomId, Problem> {
    let room = sqlx::query_scalar!(r#"select c.room_id as "room_id!" from read.call c where c.id = $1"#, id.0)
        .fetch_optional(view.connection())
        .await?;
    room.map(RoomId).ok_or(Problem::NotFound)
}
