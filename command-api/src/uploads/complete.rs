//! An upload that is whole becomes a file.

use api_kit::Problem;
use blob_store::sealed::{self, SealKey, sealed_size};
use blob_store::{Arrived, BlobError};
use domain::file::File;
use domain::id::FileId;
use serde::{Deserialize, Serialize};

use super::part::Target;
use super::secret_note::SecretNote;
use crate::actor::Actor;
use crate::files::plain::Plain;
use crate::files::record::{Described, record};
use crate::files::store::failed;

/// What came of it.
#[derive(Serialize, Deserialize)]
struct Completed {
    /// Where its file is on record, if it was before.
    position: Option<i64>,
}

impl Target<'_> {
    /// Has an upload that is whole on record as a file, now or before, and notes where. Its bytes are hashed as they lie
    /// on the disk, opened if they are sealed. Whoever calls it lets nobody else bring any meanwhile.
    pub(super) async fn complete(&mut self) -> Result<(), Problem> {
        let Target { commands, caller, user, files, id, begun, .. } = *self;
        let reservation = files.quotas.reserve(user, self.note.length).await?;
        let arrived = &begun.complete().await.map_err(failed)?;
        let whisper = self.note.secret.as_ref().map(SecretNote::whisper).transpose()?;
        let plain = match &whisper {
            None => Plain::from(arrived),
            Some(whisper) => {
                let opened = opened(arrived, &whisper.key, self.note.length).await;
                self.undamaged(opened).await?
            }
        };
        let pictured = files.pictured(arrived, &plain, whisper.as_ref(), &commands.context).await?;
        let described = &Described::of(&plain, whisper.as_ref(), pictured, &commands.context);
        let filename = &*self.note.filename;
        let request = commands.request(&caller.request, vec![]);
        let done = commands.store.execute(&request, |unit| {
            let actor = Actor::prove(unit, caller, &commands.limits, request.occurred_at);
            async move { once(actor.await?, id, filename, described, arrived).await }
        });
        let done = done.await.map_err(Problem::from)?;
        let position = done.value.position.unwrap_or(done.position);
        reservation.recorded(position);
        let note = &mut *self.note;
        note.position = Some(position);
        if let Some(secret) = &mut note.secret {
            secret.is_done();
            (note.metadata, note.filename) = (None, String::new());
        }
        begun.note(note.bytes()?).await.map_err(failed)?;
        begun.empty().await.map_err(failed)
    }
}

/// A process may have been killed after the append, before it noted that.
async fn once(
    actor: Actor,
    id: FileId,
    filename: &str,
    described: &Described,
    arrived: &Arrived,
) -> Result<Completed, Problem> {
    let stream = id.to_string();
    if actor.unit.load::<File>(&stream).await?.exists {
        return Ok(Completed { position: actor.unit.position_of::<File>(&stream, 1).await? });
    }
    record(actor, id, filename, described, arrived).await?;
    Ok(Completed { position: None })
}

/// What `length` bytes are that arrived sealed.
async fn opened(arrived: &Arrived, key: &SealKey, length: u64) -> Result<Plain, BlobError> {
    if arrived.size != sealed_size(length) {
        return Err(BlobError::Damaged);
    }
    Plain::of(sealed::opened(arrived.read().await?, key, length, 0..length)).await
}
