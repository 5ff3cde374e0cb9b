//! `AcceptInvite`: somebody comes into a room with an invite.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, Path, Problem};
use axum::extract::State;
use axum::response::Response;
use domain::id::{InviteCode, RoomId};
use domain::invite::{Invite, InviteCommand};
use domain::membership::{Membership, MembershipCommand};
use domain::permission::Standing;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::{created_or_not, marks};
use crate::caller::Caller;
use crate::refused::refused;

/// Somebody is in a room by an invite.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// The room.
    room_id: Uuid,
    /// The place of their coming in; if they were in it already, of the newest event that says so.
    #[schema(example = 42)]
    position: i64,
}

/// What the answer is made of.
#[derive(Serialize, Deserialize)]
struct Came {
    room: RoomId,
    /// By this, or they were in it already.
    now: bool,
}

/// Comes into a room with an invite. Who is a member already does not use it up.
#[utoipa::path(
    post,
    path = "/v1/invites/{code}/acceptance",
    operation_id = "AcceptInvite",
    tag = "invites",
    params(("code" = String, Path, description = "The invite's code"), CommandHeaders),
    responses(
        (status = 201, description = "In the room", body = Accepted),
        (status = 200, description = "A member already", body = Accepted),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(code): Path<InviteCode>,
    Bodiless(attempt): Bodiless,
) -> Result<Response, Problem> {
    let done = commands.execute(&caller, &attempt, |actor| accept(actor, code)).await?;
    let Came { room, now } = done.value;
    let accepted = Accepted { room_id: room.0, position: done.position };
    Ok(created_or_not(now, format!("/v1/rooms/{room}"), accepted, marks(&done)))
}

/// The invite and the membership move in one append: of those who come at once no more come in than may.
async fn accept(actor: Actor, code: InviteCode) -> Result<Came, Problem> {
    let (user, at, stream) = (actor.user, actor.at, code.to_string());
    let invite = actor.unit.load_last::<Invite>(&stream).await?;
    let room = invite.room_id.ok_or(Problem::NotFound)?;
    let place = actor.place(room).await?;
    // Of a room that is gone its invites say nothing.
    if !place.standing.exists {
        return Err(Problem::NotFound);
    }
    if place.standing.present {
        return Ok(Came { room, now: false });
    }
    let accepted = invite.decide(InviteCommand::Accept { user, at }).map_err(refused)?;
    let inviter = invite.created_by.ok_or(Problem::InviteSpent)?;
    let inviting = actor.membership(room, inviter).await?;
    let inviter = Standing::of(inviter, &place.room, &inviting);
    let accept = MembershipCommand::Accept { room, by: place.standing, inviter, at };
    let joined = place.membership.decide(accept).map_err(refused)?;
    actor.unit.append::<Invite>(&stream, accepted, Some(room.0));
    actor.unit.append::<Membership>(&Membership::stream(room, user), joined, Some(room.0));
    Ok(Came { room, now: true })
}
