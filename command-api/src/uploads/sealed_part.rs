//! A part of an upload for a secret room on its way in: sealed before it lies anywhere.

use api_kit::{Problem, Streamed};
use blob_store::sealed::{Sealer, sealed_size, slots, whole_chunks};
use blob_store::{Appending, Hash};

use super::checksum::Checksum;
use super::part::{Part, Target, mismatch};
use super::secret_note::SecretNote;
use super::turn::Turn;
use crate::files::store::failed;

/// A part as it comes.
struct Coming {
    appending: Appending,
    sealer: Sealer,
    hash: Hash,
    /// How many bytes there are with those that came of it.
    offset: u64,
}

impl Target<'_> {
    /// As [`Target::take`], of an upload for a secret room.
    pub(super) async fn take_sealed(
        &self,
        secret: &SecretNote,
        turn: &Turn,
        offset: u64,
        checksum: Checksum,
        body: &mut Streamed,
    ) -> Result<Part, Problem> {
        let length = self.note.length;
        let kept = turn.alone(|| self.begun.offset()).await?;
        if kept == sealed_size(length) {
            // All of it is here, and has yet to become a file.
            self.begins(offset, length, body)?;
            let appending = turn.alone(|| self.begun.append(kept, Hash::None)).await?;
            return Ok(Part::Taken(length, appending.finish().await.map_err(failed)?));
        }
        let chunks = whole_chunks(kept);
        if slots(chunks) != kept {
            // What a crash left of a chunk.
            turn.alone(|| self.begun.cut(slots(chunks))).await?;
        }
        let appending = turn.alone(|| self.begun.append(slots(chunks), checksum.hash.clone())).await?;
        // Nobody else changes it from here on, and whoever was there has noted how far they came.
        let mut note = self.noted().await?;
        self.begins(offset, note.offset(slots(chunks)), body)?;
        self.files.room_for(body.length.unwrap_or(0)).await?;
        let begun = note.secret.as_ref().and_then(|secret| secret.begun(chunks));
        let sealer = Sealer::resume(&secret.whisper()?.key, chunks, begun.as_deref());
        let sealer = self.undamaged(sealer).await?;
        let mut coming = Coming { appending, sealer, hash: checksum.hash.clone(), offset };
        let received = tokio::select! {
            received = coming.receive(length, body) => received,
            () = turn.over() => Err(Problem::Busy),
            () = self.commands.signed_out(self.caller) => Err(Problem::NotSignedIn),
        };
        let Coming { mut appending, sealer, hash, offset } = coming;
        let paused = if offset == length {
            appending.write(sealer.finish()).await.map_err(failed)?;
            None
        } else {
            Some(sealer.pause())
        };
        let appended = appending.finish().await.map_err(failed)?;
        let received = self.in_session(received).await;
        let is_cut_off = matches!(received, Err(Problem::NotSignedIn));
        if is_cut_off || (checksum.is_asked() && (received.is_err() || !checksum.proves(&hash.finish()))) {
            appended.cut().await.map_err(failed)?;
            received?;
            return mismatch();
        }
        // Whoever was sent away in the middle of writing may have sealed what is not there: then what was noted before
        // counts. So it does of what is whole, should its last part be cut before it is on record.
        if let Some((number, begun)) = paused
            && let Some(secret) = &mut note.secret
            && appended.offset == slots(number)
        {
            secret.goes_on(chunks, number, begun);
            self.begun.note(note.bytes()?).await.map_err(failed)?;
        }
        appended.take().await.map_err(failed)?;
        received?;
        tracing::debug!(upload.id = %self.id, offset, "a part of an upload came");
        Ok(Part::Taken(offset, appended))
    }
}

impl Coming {
    async fn receive(&mut self, length: u64, body: &mut Streamed) -> Result<(), Problem> {
        while let Some(bytes) = body.next().await? {
            let offset = self.offset + bytes.len() as u64;
            if offset > length {
                return Err(Problem::TooLarge { limit: usize::try_from(length).unwrap_or(usize::MAX) });
            }
            self.hash.update(&bytes);
            self.offset = offset;
            for chunk in self.sealer.seal(&bytes) {
                self.appending.write(chunk).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}
