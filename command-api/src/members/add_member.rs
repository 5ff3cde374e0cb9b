//! `AddMember`: a member brings somebody in.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Path, Problem};
use axum::extract::State;
use axum::response::Response;
use domain::id::{RoleId, RoomId, UserId};
use domain::membership::{Membership, MembershipCommand};
use domain::user::User;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Present;
use crate::Commands;
use crate::actor::Actor;
use crate::answer::{created_or_not, marks};
use crate::caller::Caller;
use crate::chosen::Optional;
use crate::refused::refused;

/// How they shall be in the room. May be left away.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = AddMember)]
pub(crate) struct Body {
    /// Their roles. No room has any yet.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    roles: Vec<RoleId>,
}

/// Adds a member. Needs `invite_members`.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/members/{user}",
    operation_id = "AddMember",
    tag = "members",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "Who shall come in"),
        CommandHeaders,
    ),
    request_body = Option<Body>,
    responses(
        (status = 201, description = "Added", body = Present),
        (status = 200, description = "A member already", body = Present),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, user)): Path<(RoomId, UserId)>,
    Optional { body, attempt }: Optional<Body>,
) -> Result<Response, Problem> {
    let body = &body;
    let done = commands.execute(&caller, &attempt, |actor| add(actor, room, user, body)).await?;
    let present = Present { room_id: room.0, user_id: user.0, position: done.position };
    Ok(created_or_not(done.value, format!("/v1/rooms/{room}/members/{user}"), present, marks(&done)))
}

/// Whether they come in by this.
async fn add(actor: Actor, room: RoomId, user: UserId, body: &Body) -> Result<bool, Problem> {
    let place = actor.place(room).await?;
    place.standing.member().map_err(refused)?;
    let membership = actor.membership(room, user).await?;
    // Who is in it already needs no permission to be where they are.
    let events = if user == actor.user {
        vec![]
    } else {
        let add = MembershipCommand::Add { room, user, by: place.standing };
        membership.decide(add).map_err(refused)?
    };
    if !actor.unit.look::<User>(&user.to_string()).await?.exists {
        return Err(Problem::NotFound);
    }
    if !body.roles.is_empty() {
        return Err(Problem::invalid("/roles/0", "there is no such role in this room"));
    }
    let comes = !events.is_empty();
    actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
    Ok(comes)
}
