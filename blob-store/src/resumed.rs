//! Bytes that come in several parts: what came stays, whatever happens to the process or the connection.
//!
//! `resumed/<owner>/<id>` holds what came so far, `<id>.note` whatever its keeper wants to know of it. While a part comes
//! whose bytes are yet to be proven, `<id>.proven` holds how many before it are: what a crash leaves of such a part is
//! cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use crate::arriving::{Arrived, HEAD, Temporary, sync};
use crate::writing::{Hash, Writing};
use crate::{ARRIVING, BlobError, Blobs, RESUMED, blocking};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Bytes that come in several parts.
#[derive(Clone, Debug)]
pub struct Begun {
    blobs: Blobs,
    owner: String,
    id: String,
}

/// A part on its way. While it is there, nobody else appends.
#[derive(Debug)]
pub struct Appending {
    begun: Begun,
    writing: Writing,
    from: u64,
    size: u64,
}

/// A part that came. While it is there, nobody else appends.
#[derive(Debug)]
pub struct Appended {
    /// How many bytes there are with it.
    pub offset: u64,
    /// The part's digest; empty if none was asked for.
    pub digest: Vec<u8>,
    begun: Begun,
    from: u64,
    /// Keeps others out.
    file: File,
}

impl Blobs {
    /// What `owner` calls `id`, whether it was begun or not. Both must be plain names without a dot, such as ids.
    pub fn begun(&self, owner: &str, id: &str) -> Begun {
        Begun { blobs: self.clone(), owner: owner.to_owned(), id: id.to_owned() }
    }

    /// All that `owner` has begun, and whatever a crash left of beginning or forgetting it.
    pub async fn all_begun(&self, owner: &str) -> Result<Vec<Begun>, BlobError> {
        let folder = self.folder.join(RESUMED).join(owner);
        let mut ids = blocking(move || names(&folder)).await?;
        for name in &mut ids {
            name.truncate(name.find('.').unwrap_or(name.len()));
        }
        ids.dedup();
        Ok(ids.iter().map(|id| self.begun(owner, id)).collect())
    }

    /// Forgets all that `owner` has begun, and what is on its way from them or was when its process was killed.
    pub async fn forget_all(&self, owner: &str) -> Result<(), BlobError> {
        for begun in self.all_begun(owner).await? {
            begun.forget().await?;
        }
        let (folder, theirs) = (self.folder.join(ARRIVING), format!("{owner}."));
        blocking(move || {
            for name in names(&folder)?.iter().filter(|name| name.starts_with(&theirs)) {
                remove(&folder.join(name))?;
            }
            Ok(())
        })
        .await
    }

    /// Whoever has begun something, or may be sending something.
    pub async fn owners(&self) -> Result<Vec<String>, BlobError> {
        let (resumed, arriving) = (self.folder.join(RESUMED), self.folder.join(ARRIVING));
        blocking(move || {
            let mut owners = names(&resumed)?;
            let arriving = names(&arriving)?;
            owners.extend(arriving.iter().filter_map(|name| Some(name.split_once('.')?.0.to_owned())));
            Ok(owners)
        })
        .await
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The names in a folder, in order; none if there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let mut names = vec![];
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

impl Begun {
    /// What it is called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Begins it, with a note.
    pub async fn begin(&self, note: Vec<u8>) -> Result<(), BlobError> {
        let (folder, data) = (self.path("").with_file_name(""), self.path(""));
        blocking(move || {
            fs::create_dir_all(&folder)?;
            OpenOptions::new().write(true).create_new(true).open(data)?;
            Ok(())
        })
        .await?;
        self.note(note).await
    }

    /// Puts another note in the place of the one that is there.
    pub async fn note(&self, note: Vec<u8>) -> Result<(), BlobError> {
        let (part, whole) = (self.path(".part"), self.path(".note"));
        blocking(move || {
            let mut file = File::create(&part)?;
            file.write_all(&note)?;
            file.sync_all()?;
            fs::rename(part, &whole)?;
            sync(whole.parent().unwrap_or(&whole))
        })
        .await
    }

    /// Its note; none if it was never begun, or forgotten.
    pub async fn noted(&self) -> Result<Option<Vec<u8>>, BlobError> {
        let path = self.path(".note");
        blocking(move || match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            note => note.map(Some),
        })
        .await
    }

    /// How many bytes came so far, none of them of a part that was not proven. None while a part comes.
    pub async fn offset(&self) -> Result<Option<u64>, BlobError> {
        let (data, proven) = (self.path(""), self.path(".proven"));
        blocking(move || {
            let file = File::open(&data)?;
            if !locked(&file, &data)? {
                return Ok(None);
            }
            let size = file.metadata()?.len();
            Ok(Some(proven_of(&proven)?.map_or(size, |proven| proven.min(size))))
        })
        .await
    }

    /// Takes a part in that begins at `offset`, which must be where the last one ended. None while another part comes.
    /// Of one that is to be proven by its digest nothing stays before that is done.
    pub async fn append(&self, offset: u64, hash: Hash) -> Result<Option<Appending>, BlobError> {
        let (data, proven, is_proven) = (self.path(""), self.path(".proven"), matches!(hash, Hash::None));
        let file = blocking(move || {
            let mut file = OpenOptions::new().read(true).write(true).open(&data)?;
            if !locked(&file, &data)? {
                return Ok(None);
            }
            if let Some(size) = proven_of(&proven)? {
                file.set_len(size.min(file.metadata()?.len()))?;
                fs::remove_file(&proven)?;
            }
            if file.metadata()?.len() != offset {
                return Err(io::Error::new(ErrorKind::InvalidInput, "the part begins elsewhere"));
            }
            if !is_proven {
                fs::write(&proven, offset.to_string())?;
            }
            file.seek(SeekFrom::Start(offset))?;
            Ok(Some(file))
        });
        let Some(file) = file.await? else { return Ok(None) };
        let (begun, writing) = (self.clone(), Writing::to(file, hash));
        Ok(Some(Appending { begun, writing, from: offset, size: offset }))
    }

    /// Nothing stays behind the first `size` bytes. None while a part comes.
    pub async fn cut(&self, size: u64) -> Result<Option<()>, BlobError> {
        let data = self.path("");
        blocking(move || {
            let file = OpenOptions::new().write(true).open(&data)?;
            if !locked(&file, &data)? {
                return Ok(None);
            }
            file.set_len(size.min(file.metadata()?.len())).map(Some)
        })
        .await
    }

    /// All of it is here: returns once it is on the disk, with its digest.
    pub async fn complete(&self) -> Result<Arrived, BlobError> {
        let (data, path) = (self.path(""), self.blobs.arriving_at(&self.owner, &self.id));
        let (blobs, owner) = (self.blobs.clone(), self.owner.clone());
        blocking(move || {
            match fs::hard_link(&data, &path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let path = Temporary(path);
            let mut file = File::open(&path.0)?;
            file.sync_all()?;
            let (mut hash, mut head, mut size) = (Sha256::new(), vec![], 0);
            let mut piece = vec![0; PIECE];
            loop {
                let read = file.read(&mut piece)?;
                if read == 0 {
                    break;
                }
                hash.update(&piece[..read]);
                head.extend_from_slice(&piece[..(HEAD - head.len()).min(read)]);
                size += read as u64;
            }
            Ok(Arrived { blobs, owner, path, size, sha256: hash.finalize().into(), head })
        })
        .await
    }

    /// Nothing is left of its bytes; its note stays.
    pub async fn empty(&self) -> Result<(), BlobError> {
        self.remove(["", ".proven"]).await
    }

    /// Nothing is left of it.
    pub async fn forget(&self) -> Result<(), BlobError> {
        // The note last: as long as it is there, it is found.
        self.remove(["", ".proven"]).await?;
        self.remove([".part", ".note"]).await
    }

    async fn remove(&self, parts: [&str; 2]) -> Result<(), BlobError> {
        let paths = parts.map(|part| self.path(part));
        blocking(move || paths.iter().try_for_each(|path| remove(path))).await
    }

    fn path(&self, part: &str) -> PathBuf {
        self.blobs.folder.join(RESUMED).join(&self.owner).join(format!("{}{part}", self.id))
    }
}

/// Whether nobody else, of whatever process, appends to it now. Where it does not lie at its path any more, somebody did
/// just now.
fn locked(file: &File, path: &Path) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        locked => {
            locked?;
            lies_at(file, path)
        }
    }
}

/// Whether a path leads to this very file.
fn lies_at(file: &File, path: &Path) -> io::Result<bool> {
    let there = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    let this = file.metadata()?;
    Ok((this.dev(), this.ino()) == (there.dev(), there.ino()))
}

fn proven_of(path: &Path) -> io::Result<Option<u64>> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        // A crash may have left it empty: then nothing was written after it.
        text => Ok(text?.parse().ok()),
    }
}

impl Appending {
    /// How many bytes there are with those that came of this part.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes more bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.size += bytes.len() as u64;
        self.writing.write(bytes).await
    }

    /// The part is here, to be taken or cut.
    pub async fn finish(self) -> Result<Appended, BlobError> {
        let Self { begun, writing, from, size } = self;
        let (file, hash) = writing.finish().await?;
        Ok(Appended { offset: size, digest: hash.finish(), begun, from, file })
    }
}

impl Appended {
    /// The part stays, however the process ends, unless it is cut after all: how many bytes there are with it.
    pub async fn take(&self) -> Result<u64, BlobError> {
        self.begun.remove([".proven", ".part"]).await?;
        Ok(self.offset)
    }

    /// Nothing of the part stays. What was completed with it and kept, is kept as it is.
    pub async fn cut(self) -> Result<(), BlobError> {
        let Self { begun, file, from, .. } = self;
        let (data, part) = (begun.path(""), begun.path(".part"));
        let alone = blocking(move || {
            // Asked in this order: forgotten in between, it is not taken for what lies here alone.
            let is_alone = file.metadata()?.nlink() == 1;
            if !lies_at(&file, &data)? {
                // It is forgotten, and may be what is kept.
                return Ok(None);
            }
            if is_alone {
                file.set_len(from)?;
                return Ok(Some(file));
            }
            // What is kept is the same file under another name: what came before the part gets one of its own.
            let mut before = File::create(&part)?;
            let mut reading = &file;
            reading.seek(SeekFrom::Start(0))?;
            io::copy(&mut reading.take(from), &mut before)?;
            before.sync_all()?;
            fs::rename(part, data)?;
            Ok(None)
        })
        .await?;
        // While nobody else appends, who would prove something else.
        if alone.is_some() { begun.remove([".proven", ".part"]).await } else { Ok(()) }
    }
}
