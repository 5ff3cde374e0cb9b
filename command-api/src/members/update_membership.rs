//! `UpdateMembership`: somebody says how they want to have a room.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Answer, IfMatch, Path, Problem, Submitted, Timestamp, shape};
use axum::extract::State;
use domain::id::RoomId;
use domain::membership::{Membership, MembershipChanges, MembershipCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Changed, Positioned, Shown, marks, shown};
use crate::caller::Caller;
use crate::chosen::{given, instant};
use crate::refused::refused;

/// What shall be different; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateMembership)]
pub(crate) struct Body {
    /// Whether one wants no notice of the room.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_muted: Option<bool>,
    /// When the mute ends by itself: null is never, and a time alone mutes.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    muted_until: Option<Option<Timestamp>>,
    /// Whether one keeps the room at the top.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_pinned: Option<bool>,
}

/// What a command knows of a membership.
#[derive(Serialize)]
pub(crate) struct Known {
    room_id: Uuid,
    user_id: Uuid,
    is_muted: bool,
    muted_until: Option<Timestamp>,
    is_pinned: bool,
    version: i64,
}

/// Says how one wants to have a room: muted, for good or until a time; kept at the top. Ends with the membership.
///
/// While the read models are behind for more than 2 s, the answer may lack what only they know: `roles`, `joined_at`.
#[utoipa::path(
    patch,
    path = "/v1/rooms/{room}/membership",
    operation_id = "UpdateMembership",
    tag = "members",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 200, description = "Changed", body = Positioned<shape::Membership>), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Answer<Positioned<Shown<shape::Membership, Known>>>, Problem> {
    let muted_until = body.muted_until.map(|until| until.map(instant));
    let changes = MembershipChanges { is_muted: body.is_muted, muted_until, is_pinned: body.is_pinned };
    let if_match = &if_match;
    let done = commands.execute(&caller, &attempt, |actor| update(actor, room, changes, if_match)).await?;
    let (marks, position, user) = (marks(&done), done.position, caller.user()?.0);
    let rendered = match &commands.render {
        Some(render) => Some(render.membership(user, room.0, position).await),
        None => None,
    };
    let (resource, version) = shown(user, done.value, rendered);
    Ok(Answer { body: Positioned { resource, position }, marks: marks.version(version) })
}

async fn update(
    actor: Actor,
    room: RoomId,
    changes: MembershipChanges,
    if_match: &IfMatch,
) -> Result<Changed<Known>, Problem> {
    let (user, at) = (actor.user, actor.at);
    let place = actor.place(room).await?;
    let update = MembershipCommand::Update { room, by: place.standing, changes, at };
    let events = place.membership.decide(update).map_err(refused)?;
    if_match.check(place.membership.sequence)?;
    let stream = Membership::stream(room, user);
    actor.unit.append::<Membership>(&stream, events, Some(room.0));
    let membership = actor.unit.look::<Membership>(&stream).await?;
    let mute = membership.muted(at);
    let known = Known {
        room_id: room.0,
        user_id: user.0,
        is_muted: mute.is_some(),
        muted_until: mute.and_then(|mute| mute.until).map(Timestamp),
        is_pinned: membership.pinned,
        version: membership.sequence,
    };
    Ok(Changed { version: membership.sequence, known: Some(known) })
}
