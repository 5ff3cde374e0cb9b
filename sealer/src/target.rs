//! Where signed heads are brought to.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::store::Due;

/// How long a place may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

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

/// A place did not take a head.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the folder cannot be written")]
    Folder(#[from] io::Error),
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

    /// Brings a head there.
    pub(crate) async fn take(&self, head: &Due) -> Result<(), NotTaken> {
        match self {
            Self::Folder(folder) => {
                let history = folder.join(head.origin.to_string());
                fs::create_dir_all(&history).await?;
                write(&history.join(head.size.to_string()), &head.note).await?;
                Ok(write(&folder.join("latest"), &head.note).await?)
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

/// Writes a file, whole or not at all.
async fn write(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part).await?;
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(&part, path).await
}
