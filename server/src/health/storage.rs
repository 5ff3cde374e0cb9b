//! How it is with files' bytes.

use std::time::Duration;

use api_kit::Context;
use api_kit::health::{Check, Health};
use blob_store::{BlobError, Blobs};
use tokio::time::timeout;

/// How long the storage may take to answer, within what all checks together have.
const WITHIN: Duration = Duration::from_millis(1500);

/// Looks at where files' bytes are.
pub(crate) struct StorageHealth {
    pub(crate) blobs: Blobs,
    /// Bytes that stay free on the disk that they come to; none if none come by this process.
    pub(crate) keep_free: Option<u64>,
    pub(crate) context: Context,
}

/// What is wrong, and how much.
type Wrong = (Health, &'static str);

impl StorageHealth {
    pub(crate) async fn check(&self) -> Check {
        let looked = timeout(WITHIN, self.look()).await;
        let wrong = looked.unwrap_or(Err((Health::Down, "it does not answer in time"))).err();
        let (status, detail) = wrong.map_or((Health::Ready, None), |(status, detail)| (status, Some(detail)));
        Check { name: "blobs", status, detail }
    }

    async fn look(&self) -> Result<(), Wrong> {
        self.blobs.reaches().await.map_err(|error| down(&error, "what is kept cannot be reached"))?;
        let Some(keep_free) = self.keep_free else { return Ok(()) };
        let id = self.context.new_id().to_string();
        self.blobs.takes(&id).await.map_err(|error| match error {
            // Others' words are still read.
            BlobError::Full(_) => (Health::Degraded, "the disk is full: uploads are refused"),
            BlobError::Missing | BlobError::Damaged | BlobError::Failed(_) => {
                down(&error, "its folder cannot be written to")
            }
        })?;
        let free = self.blobs.free().await.map_err(|error| down(&error, "its disk cannot be asked"))?;
        if free < keep_free {
            return Err((Health::Degraded, "less of the disk is free than is to stay so: uploads are refused"));
        }
        Ok(())
    }
}

fn down(error: &BlobError, detail: &'static str) -> Wrong {
    tracing::warn!(error = error as &dyn std::error::Error, "files' bytes: {detail}");
    (Health::Down, detail)
}
