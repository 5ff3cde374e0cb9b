//! `EndUpload`: somebody gives an upload up.

use api_kit::openapi::CommandProblems;
use api_kit::{Path, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::FileId;

use crate::Commands;
use crate::caller::Caller;
use crate::files::store::failed;

/// Gives an upload up: nothing is left of it. The file that it may have become stays. While it becomes one, the answer
/// waits for that a few seconds, then 503. tus 1.0.0: termination.
///
/// It takes no `Idempotency-Key`: sent again, it finds no upload, 404.
#[utoipa::path(
    delete,
    path = "/v1/uploads/{id}",
    operation_id = "EndUpload",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
    ),
    responses((status = 204, description = "Forgotten"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> Result<StatusCode, Problem> {
    let user = commands.proven(&caller).await?;
    let (begun, mut note) = commands.upload(user, id).await?;
    let turn = commands.files()?.turns.take(id);
    if note.position.is_none() {
        let alone = turn.alone(|| begun.offset()).await;
        // Whoever was there may have made a file of it: then nothing is left to wait for.
        (_, note) = commands.upload(user, id).await?;
        if note.position.is_none() {
            alone?;
        }
    }
    begun.forget().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}
