//! `UnbanMember`: a member lets somebody come into a room again.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{RoomId, UserId};
use domain::membership::{Membership, MembershipCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Lifts a ban. Needs `ban_members`.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/bans/{user}",
    operation_id = "UnbanMember",
    tag = "bans",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "Who may come in again"),
        CommandHeaders,
    ),
    responses((status = 204, description = "Lifted"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, user)): Path<(RoomId, UserId)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(room).await?;
            let membership = actor.membership(room, user).await?;
            let unban = MembershipCommand::Unban { room, by: place.standing, user, at: actor.at };
            let events = membership.decide(unban).map_err(refused)?;
            actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
