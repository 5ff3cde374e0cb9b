//! Bytes that came become a file that is on record.

use api_kit::{Context, Problem, Timestamp};
use blob_store::sealed::SealKey;
use blob_store::{Arrived, BlobError, Name};
use domain::blob::GivenUp;
use domain::file::{Blob, File, FileCommand, Preview, Secret, SecretPreview};
use domain::id::{FileId, RoomId, UserId};
use serde::{Deserialize, Serialize};

use super::picture::Pictures;
use super::plain::Plain;
use super::preview::Pictured;
use super::store::failed;
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::receipted::receipt_of;
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
    /// The bytes of its preview.
    preview: Option<Arrived>,
}

/// What the answer is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Uploaded {
    pub(crate) id: FileId,
    pub(crate) owner_id: UserId,
    pub(crate) at: Timestamp,
}

receipt_of!(Uploaded { id, owner_id, at });

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
    /// Of an image its preview too.
    pub(crate) fn of(plain: &Plain, whisper: Option<&Whisper>, pictured: Option<Pictured>, context: &Context) -> Self {
        let secret = whisper.map(|Whisper { room, key }| {
            let preview = pictured.as_ref().and_then(|pictured| {
                let key = pictured.key.as_ref()?.to_hex();
                Some(SecretPreview { sha256: hex::encode(pictured.plain.sha256), key })
            });
            (*room, Secret { sha256: hex::encode(plain.sha256), key: key.to_hex(), preview })
        });
        let is_secret = secret.is_some();
        let preview = pictured.as_ref().map(|pictured| {
            let (filename_internal, sha256) = named(&pictured.plain, is_secret, context);
            let media_type = pictured.media_type.to_owned();
            Preview { filename_internal, sha256, size: pictured.plain.size, media_type }
        });
        let (filename_internal, sha256) = named(plain, is_secret, context);
        let blob = Blob {
            filename_internal,
            sha256,
            size: plain.size,
            media_type: plain.media_type().to_owned(),
            pixels: pictured.as_ref().map(|pictured| pictured.pixels),
            preview,
        };
        Self { blob, secret, preview: pictured.map(|pictured| pictured.arrived) }
    }
}

/// What is recorded of bytes that arrived from elsewhere, and of an image the bytes of its preview.
pub async fn described(
    pictures: &Pictures,
    arrived: &Arrived,
    context: &Context,
) -> Result<(Blob, Option<Arrived>), BlobError> {
    let plain = Plain::from(arrived);
    let image = pictures.pictured(arrived, &plain, None, context).await?;
    let Described { blob, preview, secret: _ } = Described::of(&plain, None, image, context);
    Ok((blob, preview))
}

/// What bytes are called, and their digest, where that is told. The digest is their name, so that they are kept once.
/// Those of a secret room have a name that nobody can foretell: nothing tells who else has the same, and as no others
/// come to have it, they go with their file.
fn named(plain: &Plain, is_secret: bool, context: &Context) -> (String, Option<String>) {
    if is_secret {
        return (hex::encode(context.random::<32>()), None);
    }
    let digest = hex::encode(plain.sha256);
    (digest.clone(), Some(digest))
}

/// Its bytes, and those of its preview, have their names before it is on record.
pub(crate) async fn record(
    actor: Actor,
    id: FileId,
    filename: &str,
    described: &Described,
    arrived: &Arrived,
) -> Result<Uploaded, Problem> {
    let mut blob = described.blob.clone();
    let mut kept = vec![(in_use(&actor, &mut blob.filename_internal).await?, arrived)];
    if let (Some(preview), Some(arrived)) = (&mut blob.preview, &described.preview) {
        kept.push((in_use(&actor, &mut preview.filename_internal).await?, arrived));
    }
    let secret = match &described.secret {
        Some((room, secret)) => Some((*room, actor.place(*room).await?.standing, secret.clone())),
        None => None,
    };
    let room = secret.as_ref().map(|(room, _, _)| room.0);
    let (owner, filename) = (actor.user, filename.to_owned());
    let upload = FileCommand::Upload { id, owner, filename, blob, secret };
    let events = File::default().decide(upload).map_err(refused)?;
    for (name, arrived) in kept {
        arrived.keep(&name).await.map_err(failed)?;
    }
    actor.unit.append::<File>(&id.to_string(), events, room);
    Ok(Uploaded { id, owner_id: owner, at: actor.at.into() })
}

/// What bytes of a name are called now. A guard of the append: a name that is given up meanwhile is not referred to.
async fn in_use(actor: &Actor, name: &mut String) -> Result<Name, Problem> {
    *name = actor.unit.load_last::<GivenUp>(name).await?.name(name);
    name.parse().map_err(Problem::internal)
}
