//! Bytes that have a name.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::{ARRIVING, Arrived, BlobError, Blobs, KEPT, Name, RESUMED, blocking};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Bytes on their way out, piece by piece.
pub type Reading = BoxStream<'static, Result<Bytes, BlobError>>;

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

/// Some of the bytes of a file.
async fn read(path: PathBuf, range: Range<u64>) -> Result<Reading, BlobError> {
    let (start, length) = (range.start, range.end.saturating_sub(range.start));
    let file = blocking(move || {
        let mut file = File::open(path)?;
        if file.metadata()?.len() < start + length {
            return Err(io::Error::from(ErrorKind::UnexpectedEof));
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(file)
    })
    .await?;
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(PIECE);
    Ok(ReaderStream::with_capacity(file.take(length), PIECE).map_err(BlobError::from).boxed())
}

impl Arrived {
    /// All of them, before they have a name.
    pub async fn read(&self) -> Result<Reading, BlobError> {
        read(self.path.0.clone(), 0..self.size).await
    }
}

/// Bytes that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What they are called.
    pub name: Name,
    /// How many.
    pub size: u64,
}

impl Blobs {
    /// Some of the bytes of a name. Fewer than were asked for is an error at their end, never a shorter whole.
    pub async fn read(&self, name: &Name, range: Range<u64>) -> Result<Reading, BlobError> {
        read(self.kept_at(name), range).await
    }

    /// Whether bytes of this name are kept.
    pub async fn has(&self, name: &Name) -> Result<bool, BlobError> {
        let path = self.kept_at(name);
        blocking(move || path.try_exists()).await
    }

    /// Removes the bytes of a name, if there are any.
    pub async fn remove(&self, name: &Name) -> Result<(), BlobError> {
        let path = self.kept_at(name);
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }

    /// The parts that all that is kept is listed in.
    pub async fn parts(&self) -> Result<Vec<String>, BlobError> {
        let folder = self.folder.join(KEPT);
        blocking(move || {
            let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            let mut names = names.collect::<io::Result<Vec<_>>>()?;
            names.sort();
            Ok(names)
        })
        .await
    }

    /// What is kept in one part, in order.
    pub async fn list(&self, part: &str) -> Result<Vec<Kept>, BlobError> {
        let folder = self.folder.join(KEPT).join(part);
        blocking(move || {
            let mut kept = vec![];
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                // What has another name is not ours.
                let Ok(name) = entry.file_name().to_string_lossy().parse() else { continue };
                match entry.metadata() {
                    Ok(known) => kept.push(Kept { name, size: known.len() }),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            kept.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(kept)
        })
        .await
    }

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
