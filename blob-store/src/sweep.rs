//! What a killed process left on its way in.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{ARRIVING, BlobError, Blobs, RESUMED, blocking};

impl Blobs {
    /// Removes what began to arrive and was not written to for `silence`, and for `expired` what comes in several
    /// parts, as of `now`; how many files.
    pub async fn sweep(&self, silence: Duration, expired: Duration, now: SystemTime) -> Result<usize, BlobError> {
        let folder = self.folder.clone();
        blocking(move || {
            let mut swept = sweep(&folder.join(ARRIVING), silence, now)?;
            for owner in fs::read_dir(folder.join(RESUMED))? {
                swept += sweep(&owner?.path(), expired, now)?;
            }
            Ok(swept)
        })
        .await
    }
}

/// Removes the files of a folder that were not written to for `silence`; how many.
fn sweep(folder: &Path, silence: Duration, now: SystemTime) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(written) = entry.metadata().and_then(|known| known.modified()) else { continue };
        if now.duration_since(written).is_ok_and(|silent| silent >= silence) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => swept += 1,
            }
        }
    }
    Ok(swept)
}
