//! A file as commands: its record, its bytes, and that it goes with a message.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api_kit::Context;
use blob_store::{Arrived, BlobError, Blobs, Name};
use bytes::Bytes;
use command_api::{Pictures, described};
use domain::blob::GivenUp;
use domain::file::{Blob, File, FileCommand};
use domain::id::{FileId, MessageId, RoomId};
use domain::imported::Origin;
use event_store::Unit;
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::super::{Dated, Fact};
use super::known::Known;
use super::tell::{state, told};
use super::{Importer, NotTaken};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Where files' bytes are kept, and those that wait for their record.
pub(crate) struct Keeping {
    blobs: Blobs,
    /// Bytes that stay free.
    free: u64,
    pictures: Pictures,
    /// A batch may be decided several times: it is read, and looked at, once.
    arrived: Mutex<HashMap<FileId, Arc<Here>>>,
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
    /// In `blobs`, whose disk keeps `free` bytes.
    pub(crate) fn new(blobs: Blobs, free: u64) -> Self {
        let (pictures, arrived) = Default::default();
        Self { blobs, free, pictures, arrived }
    }

    /// Takes a file's bytes in from where they are, and looks at them.
    async fn receive(&self, id: FileId, path: &Path, context: &Context) -> Result<Arc<Here>, NotKept> {
        let mut all = self.arrived.lock().await;
        if let Some(here) = all.get(&id) {
            return Ok(Arc::clone(here));
        }
        let bytes = self.read(path, context.new_id()).await?;
        let (blob, preview) = described(&self.blobs, &self.pictures, &bytes, context).await?;
        let here = Arc::new(Here { bytes, blob, preview });
        all.insert(id, Arc::clone(&here));
        Ok(here)
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
        let mut arriving = self.blobs.receive(&arrival.to_string()).await?;
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
        let file = state::<File>(unit, known, &stream).await?;
        let is_wanted = !file.exists || file.is_there() && file.blob.is_none();
        let blob = match path.filter(|_| is_wanted) {
            Some(path) => self.keep(unit, id, &path).await?,
            None => None,
        };
        let owner = self.own(owner);
        let events = file.decide(FileCommand::Import { owner, filename, told: as_told, blob, imported })?;
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

/// What bytes of a name are called now. A guard of the append: a name that is given up meanwhile is not referred to.
async fn in_use(unit: &Unit, name: &mut String) -> Result<Name, NotTaken> {
    *name = unit.load_last::<GivenUp>(name).await?.name(name);
    name.parse().map_err(|_| NotTaken::Store)
}
