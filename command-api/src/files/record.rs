//! Bytes that came become a file that is on record.

use api_kit::{Context, Problem, Timestamp};
use blob_store::Arrived;
use blob_store::sealed::SealKey;
use domain::blob::GivenUp;
use domain::file::{Blob, File, FileCommand, Secret};
use domain::id::{FileId, RoomId, UserId};
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::plain::Plain;
use super::store::failed;
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::refused::refused;

/// The secret room that bytes come for, and what they are sealed with.
#[derive(Clone, Debug)]
pub(crate) struct Whisper {
    pub(crate) room: RoomId,
    pub(crate) key: SealKey,
}

/// What is recorded of bytes that came.
pub(crate) struct Described {
    pub(crate) blob: Blob,
    secret: Option<(RoomId, Secret)>,
}

/// What the answer is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Uploaded {
    pub(crate) id: FileId,
    pub(crate) owner_id: UserId,
    pub(crate) at: Timestamp,
}

impl Commands {
    /// Who calls, before anything is taken from them; refuses who may upload nothing for the room that they name.
    pub(crate) async fn uploader(&self, caller: &Caller, room: Option<RoomId>) -> Result<UserId, Problem> {
        let Some(room) = room else { return self.proven(caller).await };
        let asked = self.ask(caller, |actor| async move {
            File::for_a_secret_room(&actor.place(room).await?.standing).map_err(refused)?;
            Ok(actor.user)
        });
        asked.await
    }
}

impl Described {
    /// The digest of bytes is their name, so that they are kept once. Those of a secret room have a name that nobody can
    /// foretell: nothing tells who else has the same, and as no others come to have it, they go with their file.
    pub(crate) fn of(plain: &Plain, whisper: Option<&Whisper>, context: &Context) -> Self {
        let digest = hex::encode(plain.sha256);
        let name = if whisper.is_some() { hex::encode(context.random::<32>()) } else { digest.clone() };
        let blob = Blob {
            filename_internal: name,
            sha256: whisper.is_none().then(|| digest.clone()),
            size: plain.size,
            media_type: kind(&plain.head, plain.size == plain.head.len() as u64).to_owned(),
            pixels: None,
        };
        let secret = whisper.map(|Whisper { room, key }| (*room, Secret { sha256: digest, key: key.to_hex() }));
        Self { blob, secret }
    }
}

/// Its bytes have their name before it is on record.
pub(crate) async fn record(
    actor: Actor,
    id: FileId,
    filename: &str,
    described: &Described,
    arrived: &Arrived,
) -> Result<Uploaded, Problem> {
    let mut blob = described.blob.clone();
    // A guard of the append: a name that is given up meanwhile is not referred to.
    let name = blob.filename_internal;
    blob.filename_internal = actor.unit.load_last::<GivenUp>(&name).await?.name(&name);
    let blob_name = blob.filename_internal.parse().map_err(Problem::internal)?;
    let secret = match &described.secret {
        Some((room, secret)) => Some((*room, actor.place(*room).await?.standing, secret.clone())),
        None => None,
    };
    let room = secret.as_ref().map(|(room, _, _)| room.0);
    let (owner, filename) = (actor.user, filename.to_owned());
    let upload = FileCommand::Upload { id, owner, filename, blob, secret };
    let events = File::default().decide(upload).map_err(refused)?;
    arrived.keep(&blob_name).await.map_err(failed)?;
    actor.unit.append::<File>(&id.to_string(), events, room);
    Ok(Uploaded { id, owner_id: owner, at: actor.at.into() })
}
