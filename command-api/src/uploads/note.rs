//! What is noted of an upload while it is on its way.

use api_kit::Problem;
use axum::http::HeaderValue;
use blob_store::Begun;
use domain::id::{FileId, UserId};
use serde::{Deserialize, Serialize};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::Commands;
use crate::files::store::failed;

/// How long an upload may take.
pub(super) const LASTS: Duration = Duration::days(7);

/// A date as HTTP has it: RFC 9110, section 5.6.7.
const HTTP_DATE: &[FormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// What is noted of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// How many bytes there are to be.
    pub(super) length: u64,
    /// What the client said of it, as it came.
    pub(super) metadata: Option<String>,
    /// What the file is called.
    pub(super) filename: String,
    /// When it is forgotten.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) expires_at: OffsetDateTime,
    /// Where its file is on record, once it is.
    pub(super) position: Option<i64>,
}

impl Note {
    /// As `Upload-Expires`.
    pub(super) fn expires(&self) -> Result<HeaderValue, Problem> {
        let date = self.expires_at.to_offset(UtcOffset::UTC).format(HTTP_DATE).map_err(Problem::internal)?;
        date.parse().map_err(Problem::internal)
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, Problem> {
        serde_json::to_vec(self).map_err(Problem::internal)
    }
}

impl Commands {
    /// An upload of `user`'s; one of another's, and one that has expired, are not there.
    pub(super) async fn upload(&self, user: UserId, id: FileId) -> Result<(Begun, Note), Problem> {
        let begun = self.files()?.blobs.begun(&user.to_string(), &id.to_string());
        let note = self.noted(&begun).await?.ok_or(Problem::NotFound)?;
        Ok((begun, note))
    }

    /// What is noted of an upload; none if it is not there, or has expired, and is forgotten.
    pub(super) async fn noted(&self, begun: &Begun) -> Result<Option<Note>, Problem> {
        let Some(note) = begun.noted().await.map_err(failed)? else { return Ok(None) };
        let note: Note = serde_json::from_slice(&note).map_err(Problem::internal)?;
        if note.expires_at > self.context.now() {
            return Ok(Some(note));
        }
        begun.forget().await.map_err(failed)?;
        Ok(None)
    }
}
