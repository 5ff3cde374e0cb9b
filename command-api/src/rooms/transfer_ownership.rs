//! `TransferOwnership`: an owner gives a room to another member.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, NoContent, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::{RoomId, UserId};
use domain::permission::Standing;
use domain::room::{Room, RoomCommand};
use domain::user::{InstanceRole, User};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Commands;
use crate::actor::{Actor, Place};
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Who shall own the room.
#[derive(Deserialize, ToSchema)]
#[schema(as = TransferOwnership)]
pub(crate) struct Body {
    /// A member of it.
    #[schema(value_type = Uuid)]
    user_id: UserId,
}

/// Gives a group to another member, who is not suspended. Only its owner may; what they may do from then on is what their
/// roles give.
///
/// Of a group whose owner is erased, suspended or not in it, or that nobody owns, an admin of the instance may. Whoever owned
/// it does not get it back by being reinstated.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/ownership",
    operation_id = "TransferOwnership",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 204, description = "Theirs"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands.execute(&caller, &attempt, |actor| transfer(actor, room, body.user_id, if_match)).await?;
    Ok(no_content(&done))
}

async fn transfer(actor: Actor, room: RoomId, to: UserId, if_match: &IfMatch) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let (membership, account) = (actor.membership(room, to).await?, actor.unit.load::<User>(&to.to_string()).await?);
    // Whoever is erased or suspended is still a member, and could give the room to nobody.
    let present = membership.present && account.is_active();
    let to = Standing { present, ..Standing::of(to, &place.room, &membership) };
    let transfer = if actor.account.roles.contains(&InstanceRole::Admin) && nobody_has(&actor, room, &place).await? {
        RoomCommand::AppointOwner { to }
    } else {
        RoomCommand::TransferOwnership { by: place.standing, to }
    };
    let events = place.room.decide(transfer).map_err(refused)?;
    if_match.check(place.room.sequence)?;
    actor.unit.append::<Room>(&room.to_string(), events, Some(room.0));
    Ok(())
}

/// Whether nobody can act as the owner of a room: there is none, or they are erased, suspended or not in it.
async fn nobody_has(actor: &Actor, id: RoomId, place: &Place) -> Result<bool, Problem> {
    let Some(owner) = place.room.owner else { return Ok(true) };
    let membership = actor.membership(id, owner).await?;
    Ok(!membership.present || !actor.unit.load::<User>(&owner.to_string()).await?.is_active())
}
