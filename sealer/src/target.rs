//! Where signed heads are brought to.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use record::{BadHead, Head};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use uuid::Uuid;

use crate::store::Due;

/// How long a place may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// How long it may take to find the newest checkpoint of a folder, which may have very many, on a machine that is slow.
const READ_WITHIN: Duration = Duration::from_mins(1);

/// The newest of all checkpoints in a folder.
const LATEST: &str = "latest";

/// A place where signed heads are kept.
pub enum Target {
    /// A folder: in it one for each history of the log, with a file a head, named by its size; and the newest as `latest`.
    Folder(PathBuf),
    /// Whoever takes a head as the body of a POST, by an answer of success.
    Url(Client, Url),
}

/// What was given is no address.
#[derive(Debug, thiserror::Error)]
#[error("not an address such as https://witness.example.org/checkpoints")]
pub struct NoTarget;

/// What was published cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// Its folder, or a file of it.
    #[error("the folder of checkpoints cannot be read")]
    Folder(#[from] io::Error),
    /// A file that stands where a checkpoint belongs.
    #[error("{} is no checkpoint", file.display())]
    NoCheckpoint {
        /// Which.
        file: PathBuf,
        /// Why.
        source: BadHead,
    },
}

/// A place did not take a head.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the folder cannot be written")]
    Folder(#[from] io::Error),
    #[error(transparent)]
    NotRead(#[from] NotRead),
    #[error("what was signed is no checkpoint")]
    NoHead(#[from] BadHead),
    #[error("another checkpoint of {size} events was published of this history")]
    Another { size: u64 },
    #[error("no answer comes")]
    NoAnswer(#[source] reqwest::Error),
    #[error("it was answered with {0}")]
    Refused(StatusCode),
}

impl Target {
    /// An address.
    pub fn url(text: &str) -> Result<Self, NoTarget> {
        let url: Url = text.parse().map_err(|_| NoTarget)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NoTarget);
        }
        // Whoever was first in this process has chosen it.
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(ANSWERS_WITHIN).redirect(Policy::none()).build();
        Ok(Self::Url(client.map_err(|_| NoTarget)?, url))
    }

    /// `folder` or `url`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Url(..) => "url",
        }
    }

    /// Names the place without telling it.
    pub(crate) fn id(&self) -> String {
        let place = match self {
            Self::Folder(folder) => folder.as_os_str().as_encoded_bytes(),
            Self::Url(_, url) => url.as_str().as_bytes(),
        };
        hex::encode(Sha256::new().chain_update(self.kind()).chain_update([0]).chain_update(place).finalize())
    }

    /// The newest checkpoint of a history that can be read there. From an address nothing can.
    pub(crate) async fn newest(&self, history: Uuid) -> Result<Option<Head>, NotRead> {
        match self {
            Self::Folder(folder) => match timeout(READ_WITHIN, newest(folder, &history.to_string())).await {
                Ok(found) => found,
                Err(_) => Err(io::Error::from(ErrorKind::TimedOut).into()),
            },
            Self::Url(..) => Ok(None),
        }
    }

    /// Brings a head there. What was published is not taken back: a file is written once, but for other signatures of the
    /// same head, and `latest` goes on alone.
    pub(crate) async fn take(&self, head: &Due) -> Result<(), NotTaken> {
        match self {
            Self::Folder(folder) => {
                let (signed, history) = (Head::read(head.note.as_bytes())?, head.origin.to_string());
                let (of_history, latest) = (folder.join(&history), folder.join(LATEST));
                fs::create_dir_all(&of_history).await?;
                let file = of_history.join(head.size.to_string());
                is_same(checkpoint(&file).await?.as_ref(), &signed)?;
                write(&file, &head.note).await?;
                let there =
                    checkpoint(&latest).await?.filter(|there| there.is_of(&history) && there.size >= signed.size);
                if there.as_ref().is_some_and(|there| there.size > signed.size) {
                    return Ok(());
                }
                is_same(there.as_ref(), &signed)?;
                Ok(write(&latest, &head.note).await?)
            }
            Self::Url(client, url) => {
                let request = client.post(url.clone()).header(CONTENT_TYPE, "text/plain; charset=utf-8");
                // An address may hold a secret.
                let answer = request.body(head.note.clone()).send().await;
                let answer = answer.map_err(|error| NotTaken::NoAnswer(error.without_url()))?;
                if answer.status().is_success() { Ok(()) } else { Err(NotTaken::Refused(answer.status())) }
            }
        }
    }
}

/// The newest checkpoint of a history in a folder. Histories were cleared away, perhaps, and `latest` was not.
async fn newest(folder: &Path, history: &str) -> Result<Option<Head>, NotRead> {
    let latest = checkpoint(&folder.join(LATEST)).await?.filter(|head| head.is_of(history));
    let of_history = folder.join(history);
    let greatest = match greatest(&of_history).await? {
        Some(size) => checkpoint(&of_history.join(size.to_string())).await?,
        None => None,
    };
    Ok(latest.into_iter().chain(greatest).max_by_key(|head| head.size))
}

/// The greatest size that names a file of a folder.
async fn greatest(folder: &Path) -> io::Result<Option<u64>> {
    let mut entries = match fs::read_dir(folder).await {
        Err(error) if is_absent(&error) => return Ok(None),
        entries => entries?,
    };
    let mut greatest = None;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let size = name.to_str().and_then(|name| name.parse::<u64>().ok().filter(|size| size.to_string() == name));
        greatest = greatest.max(size);
    }
    Ok(greatest)
}

/// The checkpoint in a file; none where there is no file.
async fn checkpoint(file: &Path) -> Result<Option<Head>, NotRead> {
    match fs::read(file).await {
        Ok(note) => match Head::read(&note) {
            Ok(head) => Ok(Some(head)),
            Err(source) => Err(NotRead::NoCheckpoint { file: file.to_owned(), source }),
        },
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether nothing is there; that something else stands in the way is told by who writes.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Refuses a head in the place of another.
fn is_same(there: Option<&Head>, head: &Head) -> Result<(), NotTaken> {
    if there.is_none_or(|there| (there.size, there.root) == (head.size, head.root)) {
        Ok(())
    } else {
        Err(NotTaken::Another { size: head.size })
    }
}

/// Writes a file, whole or not at all.
async fn write(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part).await?;
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(&part, path).await
}

#[cfg(test)]
mod tests {
    use record::SigningKeys;

    use super::*;

    const HISTORY: Uuid = Uuid::from_u128(7);

    /// A head of so many events, signed with a key whose seed is made of `key`.
    fn due(size: i64, root: u8, key: &str) -> Due {
        let head = Head { origin: format!("hansard/{HISTORY}"), size: size.cast_unsigned(), root: [root; 32] };
        let keys = SigningKeys::parse(&format!("1:{}", key.repeat(32))).unwrap();
        Due { origin: HISTORY, size, note: String::from_utf8(head.sign(&keys).unwrap()).unwrap() }
    }

    /// The newest head of the history: its size, and what its root is made of.
    async fn newest(target: &Target) -> Option<(u64, u8)> {
        target.newest(HISTORY).await.unwrap().map(|head| (head.size, head.root[0]))
    }

    #[tokio::test]
    async fn what_was_published_is_not_overwritten_but_with_other_signatures() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Folder(folder.path().join("checkpoints"));
        let read = |name: &str| std::fs::read_to_string(folder.path().join("checkpoints").join(name)).unwrap();
        assert_eq!(newest(&target).await, None);
        let (nine, ten) = (due(9, 1, "11"), due(10, 2, "11"));
        for head in [&nine, &ten] {
            target.take(head).await.unwrap();
        }
        let another = target.take(&due(10, 3, "11")).await;
        assert!(matches!(another, Err(NotTaken::Another { size: 10 })), "{another:?}");
        // What a restored log has due once more is there already.
        target.take(&nine).await.unwrap();
        assert_eq!((read("latest"), read(&format!("{HISTORY}/10"))), (ten.note.clone(), ten.note));
        let anew = due(10, 2, "22");
        target.take(&anew).await.unwrap();
        assert_eq!((read("latest"), read(&format!("{HISTORY}/10"))), (anew.note.clone(), anew.note));
        assert_eq!(newest(&target).await, Some((10, 2)));
    }

    #[tokio::test]
    async fn the_newest_is_found_by_its_size_whatever_was_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let (target, of_history) = (Target::Folder(folder.path().to_owned()), folder.path().join(HISTORY.to_string()));
        for (size, root) in [(9, 1), (10, 2)] {
            target.take(&due(size, root, "11")).await.unwrap();
        }
        std::fs::remove_file(folder.path().join("latest")).unwrap();
        assert_eq!(newest(&target).await, Some((10, 2)));
        target.take(&due(11, 3, "11")).await.unwrap();
        std::fs::remove_dir_all(&of_history).unwrap();
        assert_eq!(newest(&target).await, Some((11, 3)));
        assert!(target.newest(Uuid::from_u128(8)).await.unwrap().is_none());
        std::fs::create_dir(&of_history).unwrap();
        std::fs::write(of_history.join("12"), "no checkpoint").unwrap();
        let unread = target.newest(HISTORY).await;
        assert!(matches!(unread, Err(NotRead::NoCheckpoint { .. })), "{unread:?}");
    }
}
