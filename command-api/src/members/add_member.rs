//! `AddMember`: a member brings somebody in, or says which roles a member has.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, Optional, Path, Problem};
use axum::extract::State;
use axum::response::Response;
use domain::id::{RoleId, RoomId, UserId};
use domain::membership::{Membership, MembershipCommand};
use domain::permission::Standing;
use domain::user::User;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Present;
use crate::Commands;
use crate::actor::Actor;
use crate::answer::{created_or_not, marks};
use crate::caller::Caller;
use crate::chosen::given;
use crate::refused::refused;

/// How they shall be in the room. May be left away.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = AddMember)]
pub(crate) struct Body {
    /// All their roles, at most 25. Absent: those that they have.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<Uuid>, required = false, max_items = 25)]
    roles: Option<Vec<RoleId>>,
}

/// Adds a member, which needs `invite_members`, and says which roles they have (`AssignRoles`).
///
/// Giving and taking roles needs `manage_roles`, a higher rank than the member's and than that of each role that is
/// given or taken, and the permissions that it gives them. One's own lower roles one may give and take. The version is the
/// member's.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/members/{user}",
    operation_id = "AddMember",
    tag = "members",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "Who shall come in"),
        CommandHeaders,
        VersionHeader,
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
    if_match: IfMatch,
    Optional { body, attempt }: Optional<Body>,
) -> Result<Response, Problem> {
    let (body, if_match) = (&body, &if_match);
    let done = commands.execute(&caller, &attempt, |actor| add(actor, room, user, body, if_match)).await?;
    let present = Present { room_id: room.0, user_id: user.0, position: done.position };
    Ok(created_or_not(done.value, format!("/v1/rooms/{room}/members/{user}"), present, marks(&done)))
}

/// Whether they come in by this.
async fn add(actor: Actor, room: RoomId, user: UserId, body: &Body, if_match: &IfMatch) -> Result<bool, Problem> {
    let place = actor.place(room).await?;
    place.standing.member().map_err(refused)?;
    let loaded = actor.membership(room, user).await?;
    // Who is in it already needs no permission to be where they are, nor is whose roles are said added again.
    let mut events = if user == actor.user || (loaded.present && body.roles.is_some()) {
        vec![]
    } else {
        let add = MembershipCommand::Add { room, user, by: place.standing.clone(), at: actor.at };
        loaded.decide(add).map_err(refused)?
    };
    // A guard: who is erased meanwhile, by whichever process, is not added.
    if !actor.unit.load::<User>(&user.to_string()).await?.exists {
        return Err(Problem::NotFound);
    }
    let comes = !events.is_empty();
    if let Some(roles) = &body.roles {
        let mut membership = (*loaded).clone();
        for event in &events {
            membership.evolve(event);
        }
        let assign = MembershipCommand::AssignRoles {
            room,
            by: place.standing,
            target: Standing::of(user, &place.room, &membership),
            roles: roles.clone(),
            defined: place.room.roles.clone(),
        };
        events.extend(membership.decide(assign).map_err(refused)?);
    }
    if_match.check(loaded.sequence)?;
    actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
    Ok(comes)
}
