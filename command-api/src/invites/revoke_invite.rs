//! `RevokeInvite`: a member takes an invite back.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{InviteCode, RoomId};
use domain::invite::{Invite, InviteCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Takes an invite back, whoever made it. Needs `invite_members`.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/invites/{code}",
    operation_id = "RevokeInvite",
    tag = "invites",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("code" = String, Path, description = "The invite's code"),
        CommandHeaders,
    ),
    responses((status = 204, description = "Revoked"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, code)): Path<(RoomId, InviteCode)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let stream = code.to_string();
            let place = actor.place(room).await?;
            let invite = actor.unit.load_last::<Invite>(&stream).await?;
            let revoke = InviteCommand::Revoke { room, by: place.standing };
            let events = invite.decide(revoke).map_err(refused)?;
            actor.unit.append::<Invite>(&stream, events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
