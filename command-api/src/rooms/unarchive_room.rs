//! `UnarchiveRoom`: somebody takes a room out of the archive.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::RoomId;
use domain::room::{Room, RoomCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Takes a room out of the archive. Needs `manage_room`. Not for whom the other of two has blocked.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/archive",
    operation_id = "UnarchiveRoom",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Out of the archive"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<RoomId>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(id).await?;
            let events = place.room.decide(RoomCommand::Unarchive { by: Some(place.standing) }).map_err(refused)?;
            if_match.check(place.room.sequence)?;
            actor.unit.append::<Room>(&id.to_string(), events, Some(id.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
