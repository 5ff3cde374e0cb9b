//! `RemoveMember`: a member puts another out.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{RoomId, UserId};
use domain::membership::{Membership, MembershipCommand};
use domain::permission::Standing;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Removes a member, which needs `remove_members` and a higher rank than theirs; or leaves, if it is oneself. The
/// version is the member's.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/members/{user}",
    operation_id = "RemoveMember",
    tag = "members",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "Who shall go"),
        CommandHeaders,
        VersionHeader,
    ),
    responses((status = 204, description = "Gone"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, user)): Path<(RoomId, UserId)>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands.execute(&caller, &attempt, |actor| remove(actor, room, user, if_match)).await?;
    Ok(no_content(&done))
}

async fn remove(actor: Actor, room: RoomId, user: UserId, if_match: &IfMatch) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let membership = actor.membership(room, user).await?;
    let command = if user == actor.user {
        MembershipCommand::Leave { room, by: place.standing }
    } else {
        let target = Standing::of(user, &place.room, &membership);
        MembershipCommand::Remove { room, by: place.standing, target }
    };
    let events = membership.decide(command).map_err(refused)?;
    if_match.check(membership.sequence)?;
    actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
    Ok(())
}
