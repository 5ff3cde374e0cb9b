//! `AppendUpload`: the next part of an upload. With the last one it becomes a file.

use api_kit::openapi::CommandProblems;
use api_kit::position::EVENT_POSITION;
use api_kit::{Path, Problem, Streamed};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::FileId;

use super::checksum::Checksum;
use super::note::Note;
use super::part::{Part, Target};
use super::protocol::{EXPIRES, FILE_ID, OFFSET, bytes, is_part, needed};
use super::turn::Turn;
use crate::Commands;
use crate::caller::Caller;
use crate::files::store::failed;

/// Brings the next part of an upload; of one that breaks off, what came stays. Whoever sends another, ends it. The
/// answer to the last one names the file that it has become. Of a part whose session ends meanwhile nothing stays: it is
/// cut within about a second, and the last one, which came whole, before its file would be on record, 401. tus 1.0.0,
/// with checksum.
///
/// It takes no `Idempotency-Key`: a part that comes again has an `Upload-Offset` that is not the upload's any more:
/// 409. `HEAD` says how far that is, and which file it has become.
#[utoipa::path(
    patch,
    path = "/v1/uploads/{id}",
    operation_id = "AppendUpload",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "Where the part begins: where the last one ended"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, and base64"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Taken: `Upload-Offset` says how much there is, `Hansard-File-Id` that it is whole"),
        (status = 460, description = "The part does not come to its checksum, and nothing of it stays"),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
    mut body: Streamed,
) -> Result<Response, Problem> {
    let taken = take(&commands, &caller, id, &headers, &mut body).await;
    if taken.as_ref().is_err_and(|refused| !caller.is_cut_off_by(refused)) {
        body.linger().await;
    }
    taken
}

pub(super) async fn take(
    commands: &Commands,
    caller: &Caller,
    id: FileId,
    headers: &HeaderMap,
    body: &mut Streamed,
) -> Result<Response, Problem> {
    is_part(headers)?;
    let files = commands.files()?;
    let user = commands.proven(caller).await?;
    let offset = needed(bytes(headers, &OFFSET)?, &OFFSET)?;
    let (begun, mut note) = commands.upload(user, id).await?;
    if note.position.is_some() {
        return is_a_file(&note, offset, id);
    }
    let turn = files.turns.take(id);
    let mut target = Target { commands, caller, user, files, id, begun: &begun, note: &mut note };
    match append(&mut target, &turn, offset, headers, body).await {
        Ok(Ok(offset)) => answer(StatusCode::NO_CONTENT, offset, id, &note),
        Ok(Err(refused)) => Ok(refused.into_response()),
        Err(problem) => match commands.upload(user, id).await {
            // Whoever was there has made a file of it meanwhile.
            Ok((_, note)) if note.position.is_some() => is_a_file(&note, offset, id),
            _ => Err(problem),
        },
    }
}

/// What answers a part of an upload that is a file.
fn is_a_file(note: &Note, offset: u64, id: FileId) -> Result<Response, Problem> {
    if offset == note.length {
        answer(StatusCode::NO_CONTENT, offset, id, note)
    } else {
        Err(Problem::UploadOffset { offset: note.length })
    }
}

/// Takes a part in, and has what is whole with it on record: where it ends, or the status that it is refused with. Nothing of
/// it stays if its caller's session is over before that is done.
pub(super) async fn append(
    target: &mut Target<'_>,
    turn: &Turn,
    offset: u64,
    headers: &HeaderMap,
    body: &mut Streamed,
) -> Result<Result<u64, StatusCode>, Problem> {
    let (offset, appended) = match target.take(turn, offset, Checksum::of(headers)?, body).await? {
        Part::Taken(offset, appended) => (offset, appended),
        Part::Refused(status) => return Ok(Err(status)),
    };
    if offset == target.note.length {
        let mut completed = target.complete().await;
        if !matches!(completed, Ok(()) | Err(Problem::NotSignedIn)) {
            completed = target.in_session(completed).await;
        }
        if let Err(Problem::NotSignedIn) = completed {
            appended.cut().await.map_err(failed)?;
        }
        completed?;
    }
    Ok(Ok(offset))
}

/// How far an upload is, and the file that it has become.
pub(super) fn answer(status: StatusCode, offset: u64, id: FileId, note: &Note) -> Result<Response, Problem> {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(OFFSET, offset.into());
    headers.insert(EXPIRES, note.expires()?);
    if let Some(position) = note.position {
        headers.insert(FILE_ID, HeaderValue::try_from(id.to_string()).map_err(Problem::internal)?);
        headers.insert(EVENT_POSITION, position.into());
    }
    Ok(response)
}
