//! Files of secret rooms: what they are called, their digests, and what opens their bytes, stand in the log alone, sealed.

use std::collections::HashMap;

use blob_store::sealed::SealKey;
use domain::file::FileEvent;
use event_store::{KeyError, Keyring, Told};
use sqlx::PgConnection;

use super::FileRow;
use crate::fleeting::opened_at;

/// What is sealed of a file.
pub(crate) struct Whispered {
    pub(crate) filename: String,
    pub(crate) sha256: String,
    /// What opens its bytes.
    pub(crate) key: SealKey,
    /// The digest of its preview, and what opens that.
    pub(super) preview: Option<(String, SealKey)>,
}

/// What is sealed of the files that were made at these positions, by position; nothing of those whose key is gone.
pub(crate) async fn whispered(
    connection: &mut PgConnection,
    keyring: &Keyring,
    positions: &[i64],
) -> Result<HashMap<i64, Whispered>, KeyError> {
    let all = opened_at(connection, keyring, positions).await?;
    Ok(all.into_iter().filter_map(|(position, one)| Some((position, told(one)?))).collect())
}

fn told(told: Told) -> Option<Whispered> {
    let FileEvent::FileUploaded { filename_visible, secret, .. } = told.fact().ok()? else {
        return None;
    };
    let secret = secret?.into_inner()?;
    let (filename, key) = (filename_visible.into_inner()?, SealKey::from_hex(&secret.key)?);
    let preview = secret.preview.and_then(|preview| Some((preview.sha256, SealKey::from_hex(&preview.key)?)));
    Some(Whispered { filename, sha256: secret.sha256, key, preview })
}

impl Whispered {
    /// Says in a file's row what does not stand there.
    pub(crate) fn tell(&self, row: &mut FileRow) {
        row.filename = Some(self.filename.clone());
        row.sha256 = Some(self.sha256.clone());
    }
}
