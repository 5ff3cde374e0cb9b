//! `UploadFile`: somebody's bytes are kept, and then it is on record.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Problem, Query, Streamed, shape};
use axum::extract::State;
use blob_store::sealed::SealKey;
use domain::file::name;
use domain::id::{FileId, RoomId};
use event_store::Done;
use serde::Deserialize;
use utoipa::IntoParams;

use super::plain::Plain;
use super::receive::Received;
use super::record::{Described, Uploaded, Whisper, record};
use crate::Commands;
use crate::answer::{Positioned, marks};
use crate::caller::Caller;

/// What is said of the bytes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// What the file is called; separators, controls and marks that set the direction of text are left out.
    #[serde(default)]
    #[param(example = "report.pdf")]
    filename: String,
    /// The secret room that it is for, and stays in: its bytes are sealed with a key of their own, which ends with the
    /// message that they go with.
    #[param(value_type = Option<Uuid>)]
    room: Option<RoomId>,
}

/// Uploads a file: the body is its bytes. Nobody else sees it before it is sent or granted. Into a secret room no others
/// are sent than those uploaded for it, which needs `send_files` there.
///
/// Of a PNG, JPEG, GIF or WebP of at most 32 MiB and 30 million pixels its size and a preview are made. One that does not
/// decode is a file like any other.
///
/// Send the request again if it was cut: nothing is left of it. `/v1/uploads` goes on where it was cut. A session that ends
/// meanwhile cuts it within about a second, 401.
#[utoipa::path(
    post,
    path = "/v1/files",
    operation_id = "UploadFile",
    tag = "files",
    params(
        Parameters,
        ("Content-Digest" = Option<String>, Header, description = "`sha-256=:<base64>:` of the bytes, which is checked"),
        CommandHeaders,
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "On record", body = Positioned<shape::File>), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Query(parameters): Query<Parameters>,
    mut body: Streamed,
) -> Result<Created<Positioned<shape::File>>, Problem> {
    let uploaded = upload(&commands, &caller, &parameters, &mut body).await;
    if uploaded.as_ref().is_err_and(|refused| !caller.is_cut_off_by(refused)) {
        body.linger().await;
    }
    uploaded
}

async fn upload(
    commands: &Commands,
    caller: &Caller,
    parameters: &Parameters,
    body: &mut Streamed,
) -> Result<Created<Positioned<shape::File>>, Problem> {
    let files = commands.files()?;
    let user = commands.uploader(caller, parameters.room).await?;
    let id = FileId(commands.context.new_id());
    let whisper = parameters.room.map(|room| Whisper { room, key: SealKey::new(commands.context.random()) });
    let key = whisper.as_ref().map(|whisper| &whisper.key);
    let Received { arrived, plain, reservation } =
        commands.while_signed_in(caller, files.receive(&id.to_string(), user, key, body)).await?;
    let pictured = files.pictured(&arrived, &plain, whisper.as_ref(), &commands.context).await?;
    let described = Described::of(&plain, whisper.as_ref(), pictured, &commands.context);
    let (filename, described, arrived) = (&parameters.filename, &described, &arrived);
    let attempt = body.attempt(&plain.sha256)?;
    let done = commands.execute(caller, &attempt, |actor| record(actor, id, filename, described, arrived)).await?;
    if !done.replayed {
        reservation.recorded(done.position);
    }
    Ok(created(&done, filename, described, &plain))
}

fn created(
    done: &Done<Uploaded>,
    filename: &str,
    Described { blob, .. }: &Described,
    plain: &Plain,
) -> Created<Positioned<shape::File>> {
    let Uploaded { id, owner_id, at } = done.value;
    let resource = shape::File {
        id: id.0,
        owner_id: owner_id.0,
        filename_visible: name::clean(filename),
        size: i64::try_from(blob.size).unwrap_or(i64::MAX),
        hash: Some(format!("sha256:{}", hex::encode(plain.sha256))),
        r#type: blob.media_type.clone(),
        uploaded_at: at,
        forwarded_from: None,
        width: blob.pixels.map(|(width, _)| width.into()),
        height: blob.pixels.map(|(_, height)| height.into()),
        version: 1,
    };
    let body = Positioned { resource, position: done.position };
    Created { location: format!("/v1/files/{id}"), body, marks: marks(done).version(1) }
}
