//! `GrantFileAccessToRoom`: the owner of a file lets a room's members see it.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::file::Grantee;
use domain::id::{FileId, RoomId};

use crate::Commands;
use crate::caller::Caller;

/// Lets the members of a room see a file, for as long as they are. Its owner alone may, who needs `send_files` there.
#[utoipa::path(
    put,
    path = "/v1/files/{id}/permissions/rooms/{room}",
    operation_id = "GrantFileAccessToRoom",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("room" = Uuid, Path, description = "The room"),
        CommandHeaders,
    ),
    responses((status = 204, description = "So it is"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((file, room)): Path<(FileId, RoomId)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    commands.grant(&caller, &attempt, file, Grantee::Room(room)).await
}
