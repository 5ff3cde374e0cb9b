//! `JoinRoom`: somebody comes into a public room by themselves.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, Path, Problem};
use axum::extract::State;
use axum::response::Response;
use domain::id::RoomId;
use domain::membership::{Membership, MembershipCommand};

use super::Present;
use crate::Commands;
use crate::answer::{created_or_not, marks};
use crate::caller::Caller;
use crate::refused::refused;

/// Joins a public room.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/members/me",
    operation_id = "JoinRoom",
    tag = "members",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders),
    responses(
        (status = 201, description = "Joined", body = Present),
        (status = 200, description = "A member already", body = Present),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    Bodiless(attempt): Bodiless,
) -> Result<Response, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(room).await?;
            let join = MembershipCommand::Join { room, by: place.standing, at: actor.at };
            let events = place.membership.decide(join).map_err(refused)?;
            let joins = !events.is_empty();
            actor.unit.append::<Membership>(&Membership::stream(room, actor.user), events, Some(room.0));
            Ok(joins)
        })
        .await?;
    let user = caller.user()?;
    let present = Present { room_id: room.0, user_id: user.0, position: done.position };
    Ok(created_or_not(done.value, format!("/v1/rooms/{room}/members/{user}"), present, marks(&done)))
}
