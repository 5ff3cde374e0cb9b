//! Bytes that are kept in a folder of this machine, or one that it shares.
//!
//! `kept/<first two letters>/<name>`: few enough in each, since names that are digests spread evenly.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::arriving::sync;
use crate::{BlobError, Kept, Name, Reading, blocking};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// A folder of bytes by name.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) Arc<Path>);

/// Some of the bytes of a file.
pub(crate) async fn read(path: PathBuf, range: Range<u64>) -> Result<Reading, BlobError> {
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

impl Folder {
    /// Names a file on the same disk.
    pub(crate) async fn keep(&self, from: &Path, name: &Name) -> Result<(), BlobError> {
        let (from, to) = (from.to_owned(), self.at(name));
        blocking(move || {
            let folder = to.parent().unwrap_or(&to);
            match fs::create_dir(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            // Also where it is there: whoever made it may have died before this.
            sync(folder.parent().unwrap_or(folder))?;
            match fs::hard_link(from, &to) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            sync(folder)
        })
        .await
    }

    pub(crate) async fn read(&self, name: &Name, range: Range<u64>) -> Result<Reading, BlobError> {
        read(self.at(name), range).await
    }

    pub(crate) async fn has(&self, name: &Name) -> Result<bool, BlobError> {
        let path = self.at(name);
        blocking(move || path.try_exists()).await
    }

    pub(crate) async fn lacks(&self, name: &Name) -> Result<bool, BlobError> {
        let path = self.at(name);
        blocking(move || Ok(path.parent().is_some_and(Path::exists) && !path.try_exists()?)).await
    }

    pub(crate) async fn remove(&self, name: &Name) -> Result<(), BlobError> {
        let path = self.at(name);
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }

    pub(crate) async fn parts(&self) -> Result<Vec<String>, BlobError> {
        let folder = self.0.clone();
        blocking(move || {
            let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect()
        })
        .await
    }

    pub(crate) async fn list(&self, part: &str) -> Result<Vec<Kept>, BlobError> {
        let folder = self.0.join(part);
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
            Ok(kept)
        })
        .await
    }

    fn at(&self, name: &Name) -> PathBuf {
        self.0.join(name.first_two()).join(name.as_str())
    }
}
