//! `CloseRoom`: an owner, or an admin of the instance, ends a room.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::RoomId;
use domain::room::{Room, RoomCommand};
use domain::user::InstanceRole;

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::holds::Erasing;
use crate::refused::refused;

/// Closes a room: from then on it is not there for anybody. Its owner may, and who is an admin of the instance;
/// nobody while a legal hold keeps what was written in it: 409 `legal-hold`. A room of two has no owner. What was written
/// stays in the record, sealed: closing destroys no key, also of a secret room.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}",
    operation_id = "CloseRoom",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Closed"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .erase(&caller, &attempt, Erasing { kind: "room", id: room.0 }, |actor| async move {
            let place = actor.place(room).await?;
            let is_admin = actor.account.roles.contains(&InstanceRole::Admin);
            let events = place.room.decide(RoomCommand::Close { by: place.standing, is_admin }).map_err(refused)?;
            if_match.check(place.room.sequence)?;
            actor.let_room_go(room).await?;
            actor.unit.append::<Room>(&room.to_string(), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
