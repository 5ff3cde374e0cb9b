//! `DeleteFile`: its owner takes a file back.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::file::{File, FileCommand};
use domain::id::FileId;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Deletes a file: nobody sees it any more, and messages go without it. What was forwarded is a file of its own and
/// stays; the bytes go with the last file that has them. Its owner alone may.
#[utoipa::path(
    delete,
    path = "/v1/files/{id}",
    operation_id = "DeleteFile",
    tag = "files",
    params(("id" = Uuid, Path, description = "The file"), CommandHeaders),
    responses((status = 204, description = "Deleted"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<FileId>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands.execute(&caller, &attempt, |actor| delete(actor, id)).await?;
    Ok(no_content(&done))
}

async fn delete(actor: Actor, id: FileId) -> Result<(), Problem> {
    let (file, by) = actor.file(id).await?;
    let events = file.decide(FileCommand::Delete { by }).map_err(refused)?;
    if let Some(erasure) = file.erasure() {
        for key in &erasure.keys {
            actor.unit.destroy_key(key.as_str());
        }
    }
    let room = file.room_id.map(|room| room.0);
    actor.unit.append::<File>(&id.to_string(), events, room);
    Ok(())
}
