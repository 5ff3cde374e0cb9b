//! What is noted of an upload while it is on its way.

use api_kit::Problem;
use axum::http::HeaderValue;
use blob_store::Begun;
use domain::id::{FileId, UserId};
use serde::{Deserialize, Serialize};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::secret_note::SecretNote;
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
    /// Of a file for a secret room. What is said of it is kept in there, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<SecretNote>,
}

impl Note {
    /// As it is kept of an upload, if it is there.
    pub(super) async fn of(begun: &Begun) -> Result<Option<Self>, Problem> {
        let note = begun.noted().await.map_err(failed)?;
        note.map(|note| serde_json::from_slice(&note).map_err(Problem::internal)).transpose()
    }

    /// As `Upload-Expires`.
    pub(super) fn expires(&self) -> Result<HeaderValue, Problem> {
        let date = self.expires_at.to_offset(UtcOffset::UTC).format(HTTP_DATE).map_err(Problem::internal)?;
        date.parse().map_err(Problem::internal)
    }

    /// As it is kept.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Problem> {
        let kept = match self.secret {
            Some(_) => &Self { metadata: None, filename: String::new(), ..self.clone() },
            None => self,
        };
        serde_json::to_vec(kept).map_err(Problem::internal)
    }

    /// How many bytes came, if so many are kept.
    pub(super) fn offset(&self, kept: u64) -> u64 {
        self.secret.as_ref().map_or(kept, |secret| secret.offset(kept, self.length))
    }
}

impl Commands {
    /// An upload of `user`'s; one of another's, and one that has expired, are not there.
    pub(super) async fn upload(&self, user: UserId, id: FileId) -> Result<(Begun, Note), Problem> {
        let begun = self.files()?.blobs.begun(&user.to_string(), &id.to_string());
        let mut note = self.noted(&begun).await?.ok_or(Problem::NotFound)?;
        note.open(self.store.keyring(), user, id).await?;
        Ok((begun, note))
    }

    /// What is noted of an upload; none if it is not there, or has expired, and is forgotten.
    pub(super) async fn noted(&self, begun: &Begun) -> Result<Option<Note>, Problem> {
        let Some(note) = Note::of(begun).await? else { return Ok(None) };
        if note.expires_at > self.context.now() {
            return Ok(Some(note));
        }
        begun.forget().await.map_err(failed)?;
        Ok(None)
    }
}
