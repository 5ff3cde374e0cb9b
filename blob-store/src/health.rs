//! Whether bytes can come and go.

use bytes::Bytes;

use crate::keeper::Keeper;
use crate::{BlobError, Blobs};

impl Blobs {
    /// Whether bytes can arrive: some are written where they do, and go again. `id` must be new.
    pub async fn takes(&self, id: &str) -> Result<(), BlobError> {
        let mut arriving = self.receive("nobody", id).await?;
        arriving.write(Bytes::from_static(b"?")).await?;
        arriving.finish().await.map(drop)
    }

    /// Whether what is kept can be reached: the folder is there, or the bucket answers.
    pub async fn reaches(&self) -> Result<(), BlobError> {
        match &self.keeper {
            Keeper::Folder(folder) => folder.parts().await.map(drop),
            Keeper::Bucket(bucket) => bucket.answers().await,
        }
    }
}
