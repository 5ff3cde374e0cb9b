//! `LeaveRoom`: somebody goes by themselves.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::RoomId;
use domain::membership::{Membership, MembershipCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Leaves a room. An owner who leaves owns it in name alone until they are back. The version
/// is one's membership's.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/members/me",
    operation_id = "LeaveRoom",
    tag = "members",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Left"), CommandProblems),
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
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(room).await?;
            let leave = MembershipCommand::Leave { room, by: place.standing };
            let events = place.membership.decide(leave).map_err(refused)?;
            if_match.check(place.membership.sequence)?;
            actor.unit.append::<Membership>(&Membership::stream(room, actor.user), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
