//! A file's row, as it is shown.

use api_kit::{Timestamp, shape};
use time::OffsetDateTime;
use uuid::Uuid;

/// A file that is there.
#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    /// None of a secret room's, nor its digest, before it is opened.
    pub(crate) filename: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) size: i64,
    pub(crate) r#type: String,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) forwarded_from: Option<Uuid>,
    pub(crate) uploaded_at: OffsetDateTime,
    pub(crate) version: i64,
}

impl FileRow {
    /// As the contract shows it.
    pub(crate) fn shown(self) -> shape::File {
        shape::File {
            id: self.id,
            owner_id: self.owner_id,
            filename_visible: self.filename.unwrap_or_default(),
            size: self.size,
            hash: self.sha256.map(|sha256| format!("sha256:{sha256}")),
            r#type: self.r#type,
            uploaded_at: Timestamp::from(self.uploaded_at),
            forwarded_from: self.forwarded_from,
            width: self.width,
            height: self.height,
            version: self.version,
        }
    }
}
