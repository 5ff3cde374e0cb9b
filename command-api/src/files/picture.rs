//! What an image looks like: its size, and a small preview of it.
//!
//! Images are decoded from what they are found to be, not from what they are said to be, on threads where waiting is
//! allowed, so many at a time, within bounds of bytes, pixels, memory and time. What does not decode within them is a file
//! like any other.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Most bytes of an image that is looked at: it is read into memory.
pub(super) const BYTES_MOST: u64 = 32 * 1024 * 1024;

/// Most pixels, as the image itself says before any is decoded. While a JPEG that gets sharper as it comes is decoded, each
/// takes nine bytes.
const PIXELS_MOST: u64 = 30_000_000;

/// Most memory that a decoded image may take, in bytes: eight for each pixel at the most.
const MEMORY_MOST: u64 = PIXELS_MOST * 8;

/// Longest side of a preview, in pixels.
const SIDE: u32 = 320;

/// How good a preview is, of 100, where nothing of it is transparent.
const QUALITY: u8 = 80;

/// How long an upload waits for its image to be looked at.
const WITHIN: Duration = Duration::from_secs(10);

/// An image that decodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// Width and height in pixels, as it is to be held.
    pub(super) pixels: (u32, u32),
    /// A small one of the same, with nothing else of what the file says.
    pub(super) preview: Vec<u8>,
    /// What that is.
    pub(super) preview_type: &'static str,
}

/// Looks at images, so many at a time. Cheap to clone; clones share its threads.
#[derive(Clone, Debug)]
pub struct Pictures(Arc<Semaphore>);

impl Default for Pictures {
    /// As many at a time as half of this machine's cores.
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::at_once((cores / 2).max(1))
    }
}

/// The format of a media type, if it is an image that is looked at.
pub(super) fn format(media_type: &str) -> Option<ImageFormat> {
    match media_type {
        "image/png" => Some(ImageFormat::Png),
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::WebP),
        _ => None,
    }
}

impl Pictures {
    /// So many at a time. Each takes up to 270 MB of memory while it is decoded.
    pub fn at_once(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// What the image looks like whose bytes `read` has; nothing if they are none, or too much for here. Nothing is read
    /// before it is its turn.
    pub(super) async fn look<E>(
        &self,
        format: ImageFormat,
        read: impl Future<Output = Result<Vec<u8>, E>>,
    ) -> Result<Option<Picture>, E> {
        let turn = timeout(WITHIN, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Ok(None) };
        let bytes = read.await?;
        // Whoever gives up waiting does not give the turn away: decoding goes on until it ends.
        let decoding = tokio::task::spawn_blocking(move || {
            let picture = picture(&bytes, format);
            drop(turn);
            picture
        });
        Ok(match timeout(WITHIN, decoding).await {
            Ok(Ok(Ok(picture))) => Some(picture),
            Ok(Ok(Err(error))) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "an image does not decode");
                None
            }
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(?format, "an image is too much for what decodes it");
                None
            }
        })
    }
}

fn picture(bytes: &[u8], format: ImageFormat) -> Result<Picture, ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MOST);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let is_too_large = u64::from(width) * u64::from(height) > PIXELS_MOST || decoder.total_bytes() > MEMORY_MOST;
    if is_too_large || width == 0 || height == 0 {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
    }
    // An image that says nothing readable of how it is held, is held as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder)?;
    let mut small = if width.max(height) > SIDE { image.thumbnail(SIDE, SIDE) } else { image };
    small.apply_orientation(orientation);
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let pixels = if is_turned { (height, width) } else { (width, height) };
    let (preview, preview_type) = encoded(&small)?;
    Ok(Picture { pixels, preview, preview_type })
}

/// JPEG, or PNG where something can be seen through it.
fn encoded(small: &DynamicImage) -> Result<(Vec<u8>, &'static str), ImageError> {
    let mut preview = Cursor::new(vec![]);
    let small = small.to_rgba8();
    if small.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        let small = DynamicImage::from(small).into_rgb8();
        JpegEncoder::new_with_quality(&mut preview, QUALITY).encode_image(&small)?;
        return Ok((preview.into_inner(), "image/jpeg"));
    }
    small.write_to(&mut preview, ImageFormat::Png)?;
    Ok((preview.into_inner(), "image/png"))
}

#[cfg(test)]
mod tests;
