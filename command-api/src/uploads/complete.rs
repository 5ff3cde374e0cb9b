//! An upload that is whole becomes a file.

use api_kit::Problem;
use blob_store::{Arrived, Begun};
use domain::file::{Blob, File};
use domain::id::{FileId, UserId};
use serde::{Deserialize, Serialize};

use super::note::Note;
use crate::Commands;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::files::store::failed;
use crate::files::upload_file::{described, record};

/// What came of it.
#[derive(Serialize, Deserialize)]
struct Completed {
    /// Where its file is on record, if it was before.
    position: Option<i64>,
}

impl Commands {
    /// Has an upload that is whole on record as a file, now or before; where. Its bytes are hashed as they lie on the
    /// disk.
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
        let reservation = self.files()?.quotas.reserve(user, Some(note.length)).await?;
        let arrived = &begun.complete().await.map_err(failed)?;
        let (filename, blob) = (&*note.filename, &described(arrived));
        let request = self.request(&caller.request, vec![]);
        let done = self.store.execute(&request, |unit| {
            let actor = Actor::prove(unit, caller, &self.limits, request.occurred_at);
            async move { once(actor.await?, id, filename, blob, arrived).await }
        });
        let done = done.await.map_err(Problem::from)?;
        let position = done.value.position.unwrap_or(done.position);
        reservation.recorded(position);
        note.position = Some(position);
        begun.note(note.bytes()?).await.map_err(failed)?;
        begun.empty().await.map_err(failed)?;
        Ok(position)
    }
}

/// A process may have been killed after the append, before it noted that.
async fn once(actor: Actor, id: FileId, filename: &str, blob: &Blob, arrived: &Arrived) -> Result<Completed, Problem> {
    let stream = id.to_string();
    if actor.unit.load::<File>(&stream).await?.exists {
        return Ok(Completed { position: actor.unit.position_of::<File>(&stream, 1).await? });
    }
    record(actor, id, filename, blob, arrived).await?;
    Ok(Completed { position: None })
}
