//! `AcceptInvite`: somebody comes into a room with an invite.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, Path, Problem};
use axum::extract::State;
use axum::response::Response;
use domain::id::{InviteCode, RoomId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::enter;
use crate::Commands;
use crate::answer::{created_or_not, marks};
use crate::caller::Caller;
use crate::receipted::receipt_of;

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

receipt_of!(Came { room, now });

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
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let (room, now) = enter(&actor.unit, actor.user, code, actor.at).await?;
            Ok(Came { room, now })
        })
        .await?;
    let Came { room, now } = done.value;
    let accepted = Accepted { room_id: room.0, position: done.position };
    Ok(created_or_not(now, format!("/v1/rooms/{room}"), accepted, marks(&done)))
}
