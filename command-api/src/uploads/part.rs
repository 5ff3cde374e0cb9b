//! A part of an upload on its way in.

use api_kit::{Problem, Streamed};
use axum::http::StatusCode;
use blob_store::{Appended, Appending, Begun, BlobError};
use domain::id::{FileId, UserId};

use super::checksum::Checksum;
use super::note::Note;
use super::turn::Turn;
use crate::Commands;
use crate::caller::Caller;
use crate::files::Files;
use crate::files::store::failed;

/// What tus answers to a part that does not come to its checksum.
const MISMATCH: u16 = 460;

/// What became of a part.
pub(super) enum Part {
    /// It is here, up to this place. Nobody else brings any, or makes a file of it, before this is let go.
    Taken(u64, Appended),
    /// It was not what the client says, and nothing of it stays.
    Refused(StatusCode),
}

/// An upload that a part comes to.
pub(super) struct Target<'a> {
    pub(super) commands: &'a Commands,
    /// Who brings it.
    pub(super) caller: &'a Caller,
    pub(super) user: UserId,
    pub(super) files: &'a Files,
    pub(super) id: FileId,
    pub(super) begun: &'a Begun,
    pub(super) note: &'a mut Note,
}

impl Target<'_> {
    /// Takes a part in that begins at `offset`. What came of one that breaks off stays, unless it was to be proven, or
    /// its caller's session is over.
    pub(super) async fn take(
        &self,
        turn: &Turn,
        offset: u64,
        checksum: Checksum,
        body: &mut Streamed,
    ) -> Result<Part, Problem> {
        if let Some(secret) = &self.note.secret {
            return self.take_sealed(secret, turn, offset, checksum, body).await;
        }
        let so_far = turn.alone(|| self.begun.offset()).await?;
        self.begins(offset, so_far, body)?;
        self.files.room_for(body.length.unwrap_or(0)).await?;
        let mut appending = turn.alone(|| self.begun.append(offset, checksum.hash.clone())).await?;
        let received = tokio::select! {
            received = receive(&mut appending, self.note.length, body) => received,
            () = turn.over() => Err(Problem::Busy),
            () = self.commands.signed_out(self.caller) => Err(Problem::NotSignedIn),
        };
        let appended = appending.finish().await.map_err(failed)?;
        let received = self.in_session(received).await;
        let is_cut_off = matches!(received, Err(Problem::NotSignedIn));
        if is_cut_off || (checksum.is_asked() && (received.is_err() || !checksum.proves(&appended.digest))) {
            appended.cut().await.map_err(failed)?;
            received?;
            return mismatch();
        }
        let offset = appended.take().await.map_err(failed)?;
        received?;
        tracing::debug!(upload.id = %self.id, offset, "a part of an upload came");
        Ok(Part::Taken(offset, appended))
    }

    /// Refuses a part that does not begin where the last one ended, and one that has more than is left.
    pub(super) fn begins(&self, offset: u64, so_far: u64, body: &Streamed) -> Result<(), Problem> {
        if so_far != offset {
            return Err(Problem::UploadOffset { offset: so_far });
        }
        let left = self.note.length.saturating_sub(offset);
        if body.length.is_some_and(|length| length > left) {
            return Err(Problem::TooLarge { limit: usize::try_from(left).unwrap_or(usize::MAX) });
        }
        Ok(())
    }

    /// How a part came, or what came of the upload with it, if its caller's session is not over by now. No append follows
    /// that would be refused, unless it is the last part.
    pub(super) async fn in_session(&self, received: Result<(), Problem>) -> Result<(), Problem> {
        self.commands.still_signed_in(self.caller).await.and(received)
    }

    /// What is noted by now.
    pub(super) async fn noted(&self) -> Result<Note, Problem> {
        Note::of(self.begun).await?.ok_or(Problem::NotFound)
    }

    /// What was opened of it; what does not open is of no use to anybody, and is forgotten.
    pub(super) async fn undamaged<T>(&self, opened: Result<T, BlobError>) -> Result<T, Problem> {
        match opened {
            Err(BlobError::Damaged) => {
                tracing::error!(upload.id = %self.id, "what came of an upload is not what was sealed");
                self.begun.forget().await.map_err(failed)?;
                Err(Problem::NotFound)
            }
            opened => opened.map_err(failed),
        }
    }
}

/// What is said of a part that does not come to its checksum.
pub(super) fn mismatch() -> Result<Part, Problem> {
    Ok(Part::Refused(StatusCode::from_u16(MISMATCH).map_err(Problem::internal)?))
}

async fn receive(appending: &mut Appending, length: u64, body: &mut Streamed) -> Result<(), Problem> {
    while let Some(bytes) = body.next().await? {
        if appending.size() + bytes.len() as u64 > length {
            return Err(Problem::TooLarge { limit: usize::try_from(length).unwrap_or(usize::MAX) });
        }
        appending.write(bytes).await.map_err(failed)?;
    }
    Ok(())
}
