//! Where files' bytes go, and how many there may be.

use std::sync::Arc;

use api_kit::Problem;
use api_kit::usage::Usage;
use blob_store::{BlobError, Blobs};

use super::picture::Pictures;
use super::quota::Quotas;
use crate::uploads::Turns;

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// Most bytes of a file.
    pub file_bytes: u64,
    /// Most bytes of one person's files; the same bytes count once.
    pub user_bytes: u64,
    /// Most files of one person.
    pub user_files: u64,
    /// Bytes of the disk that stay free.
    pub keep_free: u64,
}

/// Where files' bytes go, and how many there may be. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    pub(crate) blobs: Blobs,
    pub(crate) quotas: Quotas,
    pub(crate) turns: Turns,
    pub(crate) pictures: Pictures,
    pub(crate) settings: FileSettings,
}

impl Files {
    /// Into these blobs; `usage` tells what people have already.
    pub fn new(blobs: Blobs, usage: Arc<dyn Usage>, settings: FileSettings) -> Self {
        let (turns, pictures) = (Turns::default(), Pictures::default());
        Self { blobs, quotas: Quotas::new(usage, settings), turns, pictures, settings }
    }

    /// Refuses (507) `more` bytes that would leave too little room on the disk.
    pub(crate) async fn room_for(&self, more: u64) -> Result<(), Problem> {
        let free = self.blobs.free().await.map_err(failed)?;
        if free.saturating_sub(more) >= self.settings.keep_free {
            return Ok(());
        }
        Err(Problem::OutOfSpace(format!("{free} bytes are free, of which {} stay so", self.settings.keep_free).into()))
    }
}

/// What the client is told of blobs that fail.
pub(crate) fn failed(error: BlobError) -> Problem {
    match error {
        BlobError::Full(_) => Problem::OutOfSpace(error.into()),
        BlobError::Missing | BlobError::Damaged | BlobError::Failed(_) => Problem::unavailable(error),
    }
}
