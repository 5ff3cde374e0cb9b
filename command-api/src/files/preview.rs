//! The preview of an image that came: bytes of its own beside those that it is of.

use api_kit::{Context, Problem};
use blob_store::sealed::{self, SealKey};
use blob_store::{Arrived, BlobError};
use bytes::Bytes;
use futures::TryStreamExt;

use super::inflow::Inflow;
use super::picture::{BYTES_MOST, Pictures, format};
use super::plain::Plain;
use super::record::Whisper;
use super::store::{Files, failed};

/// An image, and its preview, whose bytes are on the disk.
pub(crate) struct Pictured {
    /// Width and height.
    pub(super) pixels: (u32, u32),
    /// As they are kept.
    pub(super) arrived: Arrived,
    /// As they are.
    pub(super) plain: Plain,
    /// What they are.
    pub(super) media_type: &'static str,
    /// What they are sealed with, for a secret room.
    pub(super) key: Option<SealKey>,
}

impl Files {
    /// What bytes look like that came; nothing if they are no image that is looked at. Its preview is sealed if they are.
    pub(crate) async fn pictured(
        &self,
        arrived: &Arrived,
        plain: &Plain,
        whisper: Option<&Whisper>,
        context: &Context,
    ) -> Result<Option<Pictured>, Problem> {
        self.pictures.pictured(arrived, plain, whisper, context).await.map_err(failed)
    }
}

impl Pictures {
    /// The same.
    pub(super) async fn pictured(
        &self,
        arrived: &Arrived,
        plain: &Plain,
        whisper: Option<&Whisper>,
        context: &Context,
    ) -> Result<Option<Pictured>, BlobError> {
        let Some(format) = format(plain.media_type()).filter(|_| plain.size <= BYTES_MOST) else { return Ok(None) };
        let read = whole(arrived, plain.size, whisper.map(|whisper| &whisper.key));
        let Some(picture) = self.look(format, read).await? else { return Ok(None) };
        let key = whisper.map(|_| SealKey::new(context.random()));
        let arriving = arrived.beside(&context.new_id().to_string()).await?;
        let mut inflow = Inflow::to(arriving, key.as_ref());
        inflow.write(picture.preview.into()).await?;
        let (arrived, plain) = inflow.finish().await?;
        Ok(Some(Pictured { pixels: picture.pixels, arrived, plain, media_type: picture.preview_type, key }))
    }
}

/// All bytes that came, as they came.
async fn whole(arrived: &Arrived, size: u64, key: Option<&SealKey>) -> Result<Vec<u8>, BlobError> {
    let reading = arrived.read().await?;
    let reading = match key {
        Some(key) => sealed::opened(reading, key, size, 0..size),
        None => reading,
    };
    let pieces: Vec<Bytes> = reading.try_collect().await?;
    Ok(pieces.concat())
}
