//! Bytes on their way to where they are kept: as they come, or sealed.

use blob_store::sealed::{SealKey, Sealer};
use blob_store::{Arrived, Arriving, BlobError};
use bytes::Bytes;

use super::plain::{Measuring, Plain};

/// Bytes on their way in. Dropped, nothing is left of them.
pub(super) enum Inflow {
    Plain(Arriving),
    Sealed { arriving: Arriving, sealer: Box<Sealer>, measuring: Measuring },
}

impl Inflow {
    /// Sealed, if there is a key.
    pub(super) fn to(arriving: Arriving, key: Option<&SealKey>) -> Self {
        match key {
            None => Self::Plain(arriving),
            Some(key) => Self::Sealed { arriving, sealer: Box::new(Sealer::new(key)), measuring: Measuring::default() },
        }
    }

    /// Takes more bytes.
    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        match self {
            Self::Plain(arriving) => arriving.write(bytes).await,
            Self::Sealed { arriving, sealer, measuring } => {
                measuring.take(&bytes);
                for chunk in sealer.seal(&bytes) {
                    arriving.write(chunk).await?;
                }
                Ok(())
            }
        }
    }

    /// All of them are here: returns once they are on the disk.
    pub(super) async fn finish(self) -> Result<(Arrived, Plain), BlobError> {
        match self {
            Self::Plain(arriving) => {
                let arrived = arriving.finish().await?;
                let plain = Plain::from(&arrived);
                Ok((arrived, plain))
            }
            Self::Sealed { mut arriving, sealer, measuring } => {
                arriving.write(sealer.finish()).await?;
                Ok((arriving.finish().await?, measuring.finish()))
            }
        }
    }
}
