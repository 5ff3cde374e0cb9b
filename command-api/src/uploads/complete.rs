//! An upload that is whole becomes a file.

use api_kit::Problem;
use blob_store::sealed::{self, SealKey, sealed_size};
use blob_store::{Arrived, Begun, BlobError};
use domain::file::File;
use domain::id::{FileId, UserId};
use serde::{Deserialize, Serialize};

use super::note::Note;
use super::part::Target;
use super::secret_note::SecretNote;
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::files::plain::Plain;
use crate::files::record::{Described, record};
use crate::files::store::failed;

/// What came of it.
#[derive(Serialize, Deserialize)]
struct Completed {
    /// Where its file is on record, if it was before.
    position: Option<i64>,
}

impl Commands {
    /// Has an upload that is whole on record as a file, now or before; where. Its bytes are hashed as they lie on the
    /// disk, opened if they are sealed.
    pub(super) async fn complete(
        &self,
        caller: &Caller,
        user: UserId,
        id: FileId,
        begun: &Begun,
        note: &mut Note,
    ) -> Result<i64, Problem> {
        if let Some(position) = note.position {
            return Ok(position);
        }
        let files = self.files()?;
        let reservation = files.quotas.reserve(user, note.length).await?;
        let arrived = &begun.complete().await.map_err(failed)?;
        let whisper = note.secret.as_ref().map(SecretNote::whisper).transpose()?;
        let plain = match &whisper {
            None => Plain::from(arrived),
            Some(whisper) => {
                let opened = opened(arrived, &whisper.key, note.length).await;
                Target { commands: self, caller, files, id, begun, note }.undamaged(opened).await?
            }
        };
        let pictured = files.pictured(arrived, &plain, whisper.as_ref(), &self.context).await?;
        let described = &Described::of(&plain, whisper.as_ref(), pictured, &self.context);
        let filename = &*note.filename;
        let request = self.request(&caller.request, vec![]);
        let done = self.store.execute(&request, |unit| {
            let actor = Actor::prove(unit, caller, &self.limits, request.occurred_at);
            async move { once(actor.await?, id, filename, described, arrived).await }
        });
        let done = done.await.map_err(Problem::from)?;
        let position = done.value.position.unwrap_or(done.position);
        reservation.recorded(position);
        note.position = Some(position);
        if let Some(secret) = &mut note.secret {
            secret.is_done();
            (note.metadata, note.filename) = (None, String::new());
        }
        begun.note(note.bytes()?).await.map_err(failed)?;
        begun.empty().await.map_err(failed)?;
        Ok(position)
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
