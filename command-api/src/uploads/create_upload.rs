//! `CreateUpload`: somebody announces a file, perhaps with its first part.

use api_kit::openapi::CommandProblems;
use api_kit::{Problem, Query, Streamed};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blob_store::sealed::SealKey;
use domain::id::{FileId, RoomId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::append_upload::{answer, append};
use super::metadata::Metadata;
use super::note::{LASTS, Note};
use super::part::Target;
use super::protocol::{EXPIRES, LENGTH, bytes, has_part, needed};
use crate::Commands;
use crate::caller::Caller;
use crate::files::Files;
use crate::files::record::Whisper;
use crate::files::store::failed;

/// Most uploads of one person that are on their way.
const MOST: usize = 100;

/// What is said of the upload beside its headers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The secret room that the file is for, and stays in.
    #[param(value_type = Option<Uuid>)]
    room: Option<RoomId>,
}

/// Begins an upload of so many bytes, which may come in several parts, and is forgotten after a week. tus 1.0.0:
/// creation, and with a body of `application/offset+octet-stream` creation-with-upload.
///
/// It takes no `Idempotency-Key`: sent again, it begins another upload, and one that nobody goes on with is forgotten.
#[utoipa::path(
    post,
    path = "/v1/uploads",
    operation_id = "CreateUpload",
    tag = "files",
    params(
        Parameters,
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, description = "How many bytes there are to be"),
        ("Upload-Metadata" = Option<String>, Header, description = "`filename <base64>,filetype <base64>`, and `room <base64>` as in the query"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, and base64"),
    ),
    request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream"),
    responses((status = 201, description = "Begun, at `Location`"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    mut body: Streamed,
) -> Result<Response, Problem> {
    let created = create(&commands, &caller, parameters.room, &headers, &mut body).await;
    if created.as_ref().is_err_and(|refused| !caller.is_cut_off_by(refused)) {
        body.linger().await;
    }
    created
}

async fn create(
    commands: &Commands,
    caller: &Caller,
    room: Option<RoomId>,
    headers: &HeaderMap,
    body: &mut Streamed,
) -> Result<Response, Problem> {
    let files = commands.files()?;
    let metadata = Metadata::of(headers);
    let room = room.or(metadata.as_ref().map_or(None, |metadata| metadata.room));
    let user = commands.uploader(caller, room).await?;
    let metadata = metadata?;
    let length = needed(bytes(headers, &LENGTH)?, &LENGTH)?;
    files.fits(length)?;
    commands.has_room(files, user, length).await?;
    files.room_for(length).await?;
    let id = FileId(commands.context.new_id());
    let mut note = Note {
        length,
        metadata: metadata.text,
        filename: metadata.filename,
        expires_at: commands.context.now() + LASTS,
        position: None,
        secret: None,
    };
    if let Some(room) = room {
        let whisper = Whisper { room, key: SealKey::new(commands.context.random()) };
        note.seal(commands.store.keyring(), (user, id), whisper).await?;
    }
    let begun = files.blobs.begun(&user.to_string(), &id.to_string());
    begun.begin(note.bytes()?).await.map_err(failed)?;
    // Who erased themselves since then has had their uploads forgotten: this one, which came after, is forgotten here. From now on
    // it is found.
    if let Err(refused) = commands.uploader(caller, room).await {
        begun.forget().await.map_err(failed)?;
        return Err(refused);
    }
    let mut response = if has_part(headers) || length == 0 {
        let turn = files.turns.take(id);
        let mut target = Target { commands, caller, user, files, id, begun: &begun, note: &mut note };
        match append(&mut target, &turn, 0, headers, body).await {
            // It is begun: what is missing of its first part may come as another.
            Err(Problem::RequestTimeout) => answer(StatusCode::CREATED, 0, id, &note)?,
            // Nobody was told of it, so that nobody could go on with it.
            Err(ended @ Problem::NotSignedIn) => {
                begun.forget().await.map_err(failed)?;
                return Err(ended);
            }
            offset => match offset? {
                Err(refused) => refused.into_response(),
                Ok(offset) => answer(StatusCode::CREATED, offset, id, &note)?,
            },
        }
    } else {
        let mut response = StatusCode::CREATED.into_response();
        response.headers_mut().insert(EXPIRES, note.expires()?);
        response
    };
    let location = HeaderValue::try_from(format!("/v1/uploads/{id}")).map_err(Problem::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

impl Commands {
    /// Refuses more than one may have, what is on its way counted as if it were here.
    async fn has_room(&self, files: &Files, user: UserId, length: u64) -> Result<(), Problem> {
        let mut coming = 0_u64;
        let all = files.blobs.all_begun(&user.to_string()).await.map_err(failed)?;
        let mut count = 0;
        for begun in all {
            let Some(note) = self.noted(&begun).await?.filter(|note| note.position.is_none()) else { continue };
            coming = coming.saturating_add(note.length);
            count += 1;
        }
        if count >= MOST {
            return Err(Problem::LimitReached { what: "uploads on their way", most: MOST });
        }
        files.quotas.reserve(user, coming.saturating_add(length)).await?;
        Ok(())
    }
}
