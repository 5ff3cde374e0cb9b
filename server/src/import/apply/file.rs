//! A file as commands: its record, its bytes, and that it goes with a message.

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use api_kit::Context;
use blob_store::{Arrived, BlobError, Blobs, Name};
use bytes::Bytes;
use command_api::{Pictures, described};
use domain::blob::GivenUp;
use domain::file::{Blob, File, FileCommand};
use domain::id::{FileId, MessageId, RoomId};
use domain::imported::Origin;
use event_store::Unit;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::sync::{Mutex, OnceCell, Semaphore};
use uuid::Uuid;

use super::super::{Dated, Fact};
use super::known::Known;
use super::tell::{any_erased, state, told};
use super::{Importer, NotTaken};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Where files' bytes are kept, and those that wait for their record.
pub(crate) struct Keeping {
    blobs: Blobs,
    /// Bytes that stay free.
    free: u64,
    pictures: Pictures,
    /// Files that are read and looked at side by side, whichever lane they are of: memory holds so many images.
    at_once: usize,
    turns: Semaphore,
    /// A batch may be decided several times: it is read, and looked at, once.
    arrived: Mutex<HashMap<FileId, Arc<OnceCell<Here>>>>,
}

/// A file's bytes, on the disk.
struct Here {
    bytes: Arrived,
    /// What is recorded of them.
    blob: Blob,
    /// The bytes of its preview, of an image.
    preview: Option<Arrived>,
}

/// Why a file's bytes are not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotKept {
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("its bytes are not kept: {0}")]
    Blobs(#[from] BlobError),
    #[error("its bytes are not kept: {free} bytes are free where they are, of which {keep} stay so")]
    TooFew { free: u64, keep: u64 },
}

impl Keeping {
    /// In `blobs`, whose disk keeps `free` bytes. Takes in as many files at once as this machine has cores.
    pub(crate) fn new(blobs: Blobs, free: u64) -> Self {
        Self::with(blobs, free, available_parallelism().map_or(1, NonZeroUsize::get))
    }

    fn with(blobs: Blobs, free: u64, at_once: usize) -> Self {
        let (pictures, turns) = (Pictures::at_once(at_once), Semaphore::new(at_once));
        Self { blobs, free, pictures, at_once, turns, arrived: Mutex::default() }
    }

    /// Takes in the bytes of several files side by side, each from where it is.
    async fn receive_all(&self, files: Vec<(FileId, PathBuf)>, context: &Context) -> Result<(), NotKept> {
        let receiving = stream::iter(files).map(|(id, path)| async move {
            self.receive(id, &path, context).await?;
            Ok(())
        });
        receiving.buffer_unordered(self.at_once).try_collect().await
    }

    /// Takes a file's bytes in from where they are, and looks at them, once.
    async fn receive(&self, id: FileId, path: &Path, context: &Context) -> Result<Arc<OnceCell<Here>>, NotKept> {
        let here = Arc::clone(self.arrived.lock().await.entry(id).or_default());
        here.get_or_try_init(|| self.look(path, context)).await?;
        Ok(here)
    }

    async fn look(&self, path: &Path, context: &Context) -> Result<Here, NotKept> {
        // Images would wait for those of other lanes until it is too late for them.
        let _turn = self.turns.acquire().await;
        let bytes = self.read(path, context.new_id()).await?;
        let (blob, preview) = described(&self.pictures, &bytes, context).await?;
        Ok(Here { bytes, blob, preview })
    }

    /// The bytes of a file elsewhere; `arrival` is new.
    async fn read(&self, path: &Path, arrival: Uuid) -> Result<Arrived, NotKept> {
        let unreadable = |error| NotKept::Unreadable { path: path.to_owned(), error };
        let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let free = self.blobs.free().await?;
        if free.saturating_sub(size) < self.free {
            return Err(NotKept::TooFew { free, keep: self.free });
        }
        let mut arriving = self.blobs.receive("import", &arrival.to_string()).await?;
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            if (&mut file).take(PIECE as u64).read_to_end(&mut piece).await.map_err(unreadable)? == 0 {
                break;
            }
            arriving.write(Bytes::from(piece)).await?;
        }
        Ok(arriving.finish().await?)
    }

    /// What was taken in for facts that are told, or are not to be, is not needed any more.
    pub(super) async fn forget(&self, batch: &[Dated]) {
        let mut all = self.arrived.lock().await;
        for dated in batch {
            if let Fact::File { id, .. } = &dated.fact {
                all.remove(id);
            }
        }
    }
}

impl Importer<'_> {
    /// Takes in the bytes of a batch's files that are not on record, side by side, before they are told of in their order.
    pub(super) async fn take_in(&self, unit: &Unit, batch: &[Dated], known: &Known) -> Result<(), NotTaken> {
        let Some(keeping) = &self.keeping else { return Ok(()) };
        let mut wanted = vec![];
        for dated in batch {
            if let Fact::File { id, owner, bytes: Some(path), .. } = &dated.fact
                && !self.is_untold(&dated.fact)
            {
                let file = state::<File>(unit, known, &id.to_string()).await?;
                if wants_bytes(&file) && !any_erased(unit, &[self.own(*owner)]).await? {
                    wanted.push((*id, path.clone()));
                }
            }
        }
        Ok(keeping.receive_all(wanted, &self.context).await?)
    }

    /// Tells of a file, with its bytes if they are here and not on record; whether that is new.
    pub(super) async fn import_file(
        &self,
        unit: &Unit,
        fact: Fact,
        imported: Origin,
        known: &Known,
    ) -> Result<bool, NotTaken> {
        let Fact::File { id, room: _, owner, filename, told: as_told, bytes } = fact else { return Ok(false) };
        let stream = id.to_string();
        let path = bytes.filter(|_| self.keeping.is_some());
        if path.is_none() && known.is_there::<File>(&stream) {
            return Ok(false);
        }
        let (file, owner) = (state::<File>(unit, known, &stream).await?, self.own(owner));
        if !wants_bytes(&file) || any_erased(unit, &[owner]).await? {
            return Ok(false);
        }
        let blob = match path {
            Some(path) => self.keep(unit, id, &path).await?,
            None => None,
        };
        let events = file.decide(FileCommand::Import { id, owner, filename, told: as_told, blob, imported })?;
        Ok(told::<File>(unit, &stream, events, None))
    }

    /// Has files go with a message that is told of; those that are there to do so.
    pub(super) async fn send(
        &self,
        unit: &Unit,
        files: Vec<FileId>,
        room: RoomId,
        message: MessageId,
    ) -> Result<Vec<FileId>, NotTaken> {
        let mut sent = vec![];
        for id in files {
            let stream = id.to_string();
            let events = unit.load::<File>(&stream).await?.decide(FileCommand::ImportSend { room, message })?;
            if told::<File>(unit, &stream, events, Some(room)) {
                sent.push(id);
            }
        }
        Ok(sent)
    }

    /// The bytes, and those of a preview, have their names before they are on record.
    async fn keep(&self, unit: &Unit, id: FileId, path: &Path) -> Result<Option<Blob>, NotTaken> {
        let Some(keeping) = &self.keeping else { return Ok(None) };
        let here = keeping.receive(id, path, &self.context).await?;
        let Some(here) = here.get() else { return Ok(None) };
        let mut blob = here.blob.clone();
        let name = in_use(unit, &mut blob.filename_internal).await?;
        here.bytes.keep(&name).await.map_err(NotKept::Blobs)?;
        if let (Some(preview), Some(bytes)) = (&mut blob.preview, &here.preview) {
            let name = in_use(unit, &mut preview.filename_internal).await?;
            bytes.keep(&name).await.map_err(NotKept::Blobs)?;
        }
        Ok(Some(blob))
    }
}

/// Whether a file is on record without its bytes, or not at all.
fn wants_bytes(file: &File) -> bool {
    !file.exists || file.is_there() && file.blob.is_none()
}

/// What bytes of a name are called now. A guard of the append: a name that is given up meanwhile is not referred to.
async fn in_use(unit: &Unit, name: &mut String) -> Result<Name, NotTaken> {
    *name = unit.load_last::<GivenUp>(name).await?.name(name);
    name.parse().map_err(|_| NotTaken::Store)
}

#[cfg(test)]
mod tests;
