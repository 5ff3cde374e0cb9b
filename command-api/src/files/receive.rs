//! A file's bytes on their way in, within what there may be.

use api_kit::{Problem, Streamed};
use blob_store::Arrived;
use blob_store::sealed::SealKey;
use domain::id::UserId;

use super::inflow::Inflow;
use super::plain::Plain;
use super::quota::Reservation;
use super::store::{Files, failed};

/// After so many bytes it is looked again how much of the disk is free.
const LOOK_AGAIN: u64 = 64 * 1024 * 1024;

/// Bytes that came.
pub(super) struct Received {
    /// As they are kept.
    pub(super) arrived: Arrived,
    /// As they came.
    pub(super) plain: Plain,
    pub(super) reservation: Reservation,
}

impl Files {
    /// Takes `body` in, for `user`, as `id`: whole and on the disk, or not at all; with a key, sealed.
    pub(super) async fn receive(
        &self,
        id: &str,
        user: UserId,
        key: Option<&SealKey>,
        body: &mut Streamed,
    ) -> Result<Received, Problem> {
        self.fits(body.length.unwrap_or(0))?;
        let reservation = self.quotas.reserve(user, body.length.unwrap_or(0)).await?;
        self.room_for(body.length.unwrap_or(0)).await?;
        let mut inflow = Inflow::to(self.blobs.receive(&user.to_string(), id).await.map_err(failed)?, key);
        let (mut size, mut looked_at) = (0, 0);
        while let Some(bytes) = body.next().await? {
            size += bytes.len() as u64;
            self.fits(size)?;
            reservation.grow(size)?;
            if size - looked_at >= LOOK_AGAIN {
                self.room_for(body.length.map_or(0, |length| length.saturating_sub(size))).await?;
                looked_at = size;
            }
            inflow.write(bytes).await.map_err(failed)?;
        }
        let (arrived, plain) = inflow.finish().await.map_err(failed)?;
        if body.sha256.is_some_and(|sha256| sha256 != plain.sha256) {
            return Err(Problem::DigestMismatch);
        }
        Ok(Received { arrived, plain, reservation })
    }

    /// Refuses (413) what is too large for one file.
    pub(crate) fn fits(&self, size: u64) -> Result<(), Problem> {
        if size <= self.settings.file_bytes {
            return Ok(());
        }
        Err(Problem::TooLarge { limit: usize::try_from(self.settings.file_bytes).unwrap_or(usize::MAX) })
    }
}
