//! `DeleteFile`: its owner takes a file back.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::file::{File, FileCommand};
use domain::id::FileId;
use domain::sealed::KeyName;
use domain::user::{User, UserCommand};

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::holds::Erasing;
use crate::refused::refused;

/// Deletes a file: nobody sees it any more, and messages go without it; if it was one's picture, one has none. What was
/// forwarded is a file of its own and stays; the bytes go with the last file that has them. Of a secret room's file the key
/// is destroyed, so that no copy of it can be read. Its owner alone may; nobody while a legal hold keeps it: 409 `legal-hold`.
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
    let held = Erasing { kind: "file", id: id.0 };
    let done = commands.erase(&caller, &attempt, held, |actor| delete(actor, id)).await?;
    commands.forget_uploads(&done.value).await;
    Ok(no_content(&done))
}

/// The keys that it destroys for good: that of a secret room's file.
async fn delete(actor: Actor, id: FileId) -> Result<Vec<KeyName>, Problem> {
    let (file, by) = actor.file(id).await?;
    let events = file.decide(FileCommand::Delete { by }).map_err(refused)?;
    actor.let_file_go(&file).await?;
    let destroyed = file.erasure().map(|erasure| erasure.keys).unwrap_or_default();
    if actor.account.avatar == Some(id) {
        let events = actor.account.decide(UserCommand::ChangeAvatar { file: None }).map_err(refused)?;
        actor.unit.append::<User>(&actor.user.to_string(), events, None);
    }
    for key in &destroyed {
        actor.unit.destroy_key(key.as_str());
    }
    let room = file.room_id.map(|room| room.0);
    actor.unit.append::<File>(&id.to_string(), events, room);
    Ok(destroyed)
}
