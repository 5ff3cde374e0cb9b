//! `GetUpload`: how far an upload is.

use api_kit::openapi::CommandProblems;
use api_kit::{Path, Problem};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::id::FileId;

use super::append_upload::answer;
use super::protocol::{LENGTH, METADATA};
use crate::Commands;
use crate::caller::Caller;

/// How far an upload is: `Upload-Offset` of `Upload-Length`. Whoever was sending a part, is ended by it. While the upload
/// becomes a file, the answer waits for that a few seconds, then 503.
#[utoipa::path(
    head,
    path = "/v1/uploads/{id}",
    operation_id = "GetUpload",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
    ),
    responses((status = 200, description = "`Upload-Offset` says how much there is"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> Result<Response, Problem> {
    let user = commands.proven(&caller).await?;
    let (begun, mut note) = commands.upload(user, id).await?;
    let offset = if note.position.is_some() {
        note.length
    } else {
        let kept = commands.files()?.turns.take(id).alone(|| begun.offset()).await;
        // Whoever was there has noted how far they came, or that it is a file: then nothing is left to look at.
        (_, note) = commands.upload(user, id).await?;
        if note.position.is_some() { note.length } else { note.offset(kept?) }
    };
    let mut response = answer(StatusCode::OK, offset, id, &note)?;
    let headers = response.headers_mut();
    headers.insert(LENGTH, note.length.into());
    if let Some(metadata) = note.metadata {
        headers.insert(METADATA, HeaderValue::try_from(metadata).map_err(Problem::internal)?);
    }
    Ok(response)
}
