//! `BanMember`: a member keeps somebody out of a room.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{NoContent, Optional, Path, Problem, Timestamp};
use axum::extract::State;
use domain::id::{RoomId, UserId};
use domain::membership::{Membership, MembershipCommand};
use domain::permission::Standing;
use domain::user::User;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::chosen::instant;
use crate::refused::refused;

/// Why, and for how long. May be left away.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = BanMember)]
pub(crate) struct Body {
    /// Seen by who may ban.
    #[schema(example = "Spam", max_length = 1000)]
    reason: Option<String>,
    /// When it ends by itself; without, it lasts until it is lifted.
    until: Option<Timestamp>,
}

/// Bans somebody from a room, whether they are in it or not, and removes them if they are.
///
/// Needs `ban_members`, and of a member a higher rank than theirs; nobody bans the owner, who may be away. Again: the reason and the end are those that were said last.
#[utoipa::path(
    put,
    path = "/v1/rooms/{room}/bans/{user}",
    operation_id = "BanMember",
    tag = "bans",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "Who shall stay out"),
        CommandHeaders,
    ),
    request_body = Option<Body>,
    responses((status = 204, description = "Banned"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, user)): Path<(RoomId, UserId)>,
    Optional { body, attempt }: Optional<Body>,
) -> Result<NoContent, Problem> {
    let body = &body;
    let done = commands.execute(&caller, &attempt, |actor| ban(actor, room, user, body)).await?;
    Ok(no_content(&done))
}

async fn ban(actor: Actor, room: RoomId, user: UserId, body: &Body) -> Result<(), Problem> {
    let place = actor.place(room).await?;
    let membership = actor.membership(room, user).await?;
    let ban = MembershipCommand::Ban {
        room,
        by: place.standing,
        target: Standing::of(user, &place.room, &membership),
        is_owner: place.room.owner == Some(user),
        reason: body.reason.clone(),
        until: body.until.map(instant),
        at: actor.at,
    };
    let events = membership.decide(ban).map_err(refused)?;
    if !actor.unit.load::<User>(&user.to_string()).await?.exists {
        return Err(Problem::NotFound);
    }
    actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
    Ok(())
}
