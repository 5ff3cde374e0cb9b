//! `GrantFileAccess`: the owner of a file lets somebody see it.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::file::Grantee;
use domain::id::{FileId, UserId};

use crate::Commands;
use crate::caller::Caller;

/// Lets somebody see a file who has not blocked its owner. The owner alone may; again: nothing.
#[utoipa::path(
    put,
    path = "/v1/files/{id}/permissions/users/{user}",
    operation_id = "GrantFileAccess",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("user" = Uuid, Path, description = "The person"),
        CommandHeaders,
    ),
    responses((status = 204, description = "So it is"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((file, user)): Path<(FileId, UserId)>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    commands.grant(&caller, &attempt, file, Grantee::User(user)).await
}
