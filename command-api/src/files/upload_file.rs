//! `UploadFile`: somebody's bytes are kept, and then it is on record.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Problem, Query, Streamed, Timestamp, shape};
use axum::extract::State;
use blob_store::Arrived;
use domain::blob::GivenUp;
use domain::file::{Blob, File, FileCommand, name};
use domain::id::{FileId, UserId};
use event_store::Done;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::kind::kind;
use super::store::failed;
use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Positioned, marks};
use crate::caller::Caller;
use crate::refused::refused;

/// What is said of the bytes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// What the file is called; separators, controls and marks that set the direction of text are left out.
    #[serde(default)]
    #[param(example = "report.pdf")]
    filename: String,
}

/// What the answer is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Uploaded {
    id: FileId,
    owner_id: UserId,
    at: Timestamp,
}

/// Uploads a file: the body is its bytes. Nobody else sees it before it is sent or granted.
///
/// Send the request again if it was cut: nothing is left of it. `/v1/uploads` goes on where it was cut.
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
    if uploaded.is_err() {
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
    let user = commands.proven(caller).await?;
    let id = FileId(commands.context.new_id());
    let (arrived, reservation) = files.receive(&id.to_string(), user, body).await?;
    let (filename, blob, arrived) = (&parameters.filename, &described(&arrived), &arrived);
    let attempt = body.attempt(&arrived.sha256)?;
    let done = commands.execute(caller, &attempt, |actor| record(actor, id, filename, blob, arrived)).await?;
    if !done.replayed {
        reservation.recorded(done.position);
    }
    Ok(created(&done, filename, blob))
}

/// Its bytes have their name before it is on record.
pub(crate) async fn record(
    actor: Actor,
    id: FileId,
    filename: &str,
    blob: &Blob,
    arrived: &Arrived,
) -> Result<Uploaded, Problem> {
    let mut blob = blob.clone();
    // A guard of the append: a name that is given up meanwhile is not referred to.
    let digest = blob.filename_internal;
    blob.filename_internal = actor.unit.load_last::<GivenUp>(&digest).await?.name(&digest);
    let blob_name = blob.filename_internal.parse().map_err(Problem::internal)?;
    arrived.keep(&blob_name).await.map_err(failed)?;
    let (owner, filename) = (actor.user, filename.to_owned());
    let upload = FileCommand::Upload { id, owner, filename, blob, secret: None };
    let events = File::default().decide(upload).map_err(refused)?;
    actor.unit.append::<File>(&id.to_string(), events, None);
    Ok(Uploaded { id, owner_id: owner, at: actor.at.into() })
}

/// What is recorded of bytes that arrived: their digest is their name, so that they are kept once.
pub fn described(arrived: &Arrived) -> Blob {
    let digest = hex::encode(arrived.sha256);
    Blob {
        filename_internal: digest.clone(),
        sha256: Some(digest),
        size: arrived.size,
        media_type: kind(&arrived.head, arrived.size == arrived.head.len() as u64).to_owned(),
        pixels: None,
    }
}

fn created(done: &Done<Uploaded>, filename: &str, blob: &Blob) -> Created<Positioned<shape::File>> {
    let Uploaded { id, owner_id, at } = done.value;
    let resource = shape::File {
        id: id.0,
        owner_id: owner_id.0,
        filename_visible: name::clean(filename),
        size: i64::try_from(blob.size).unwrap_or(i64::MAX),
        hash: blob.sha256.as_ref().map(|sha256| format!("sha256:{sha256}")),
        r#type: blob.media_type.clone(),
        uploaded_at: at,
        forwarded_from: None,
        width: None,
        height: None,
        version: 1,
    };
    let body = Positioned { resource, position: done.position };
    Created { location: format!("/v1/files/{id}"), body, marks: marks(done).version(1) }
}
