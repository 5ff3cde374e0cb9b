//! `CreateInvite`: a member makes a code by which others come into a room.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Optional, Path, Problem, Timestamp};
use axum::extract::State;
use domain::id::{InviteCode, RoomId};
use domain::invite::{Invite, InviteCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::marks;
use crate::caller::Caller;
use crate::chosen::instant;
use crate::refused::refused;

/// How far the invite reaches. May be left away.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = CreateInvite)]
pub(crate) struct Body {
    /// How many may come in by it; without, as many as like.
    #[schema(minimum = 1, example = 5)]
    max_uses: Option<u32>,
    /// When it ends by itself; without, it lasts until it is revoked.
    expires_at: Option<Timestamp>,
}

/// An invite was made.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedInvite)]
pub(crate) struct Code {
    /// Whoever has it may come in.
    #[schema(value_type = String, example = "q83vASNFZ4mrze8BI0VniQ")]
    code: InviteCode,
    /// The place of its making.
    #[schema(example = 42)]
    position: i64,
}

/// Makes an invite to a room: whoever has its code may come in. Needs `invite_members`.
///
/// It is good while its maker may invite, until it is used up, expired or revoked.
#[utoipa::path(
    post,
    path = "/v1/rooms/{room}/invites",
    operation_id = "CreateInvite",
    tag = "invites",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders),
    request_body = Option<Body>,
    responses((status = 201, description = "Made", body = Code), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    Optional { body, attempt }: Optional<Body>,
) -> Result<Created<Code>, Problem> {
    let (code, body) = (InviteCode::of(commands.context.random()), &body);
    let done = commands.execute(&caller, &attempt, |actor| create(actor, room, code, body)).await?;
    let made = Code { code: done.value, position: done.position };
    Ok(Created { location: format!("/v1/rooms/{room}/invites/{}", made.code), body: made, marks: marks(&done) })
}

/// The code is in clear in the log, as the name of the invite's stream, and so may be in the receipt.
async fn create(actor: Actor, room: RoomId, code: InviteCode, body: &Body) -> Result<InviteCode, Problem> {
    let place = actor.place(room).await?;
    let create = InviteCommand::Create {
        room,
        by: place.standing,
        max_uses: body.max_uses,
        expires_at: body.expires_at.map(instant),
        at: actor.at,
    };
    let events = Invite::default().decide(create).map_err(refused)?;
    actor.unit.append::<Invite>(&code.to_string(), events, Some(room.0));
    Ok(code)
}
