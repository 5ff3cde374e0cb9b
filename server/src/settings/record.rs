//! The keys that sign the record, which are not in the database.

use std::path::PathBuf;

use record::{BadSigningKey, SigningKeys};
use sealer::{NoTarget, Target};
use zeroize::Zeroizing;

use super::Secret;

/// Who signs the record, and with what.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Record")]
pub struct Record {
    /// The file with the keys that sign the record: a line a version, VERSION:64 HEX DIGITS. Without it nothing is signed.
    ///
    /// Who has it can sign a history that never was: keep it apart from the database, readable by the sealer alone. Make one
    /// with `hansard admin create-signing-key`. To rotate: make another, with a greater version, in the same file, and restart
    /// the sealer; heads are then signed with both, so that whoever checks them can take over the new one in time.
    #[arg(long, env = "HANSARD_SIGNING_KEY_FILE", value_name = "FILE")]
    pub signing_key_file: Option<PathBuf>,

    /// The name under which the record is signed, such as chat.example.org: what its checkpoints begin with.
    #[arg(long, env = "HANSARD_RECORD_NAME", value_name = "NAME", default_value = "hansard", value_parser = name)]
    pub record_name: String,

    /// The folder that signed checkpoints are written to, of each minute at least the last: as HISTORY/SIZE, and the
    /// newest as `latest`.
    ///
    /// A checkpoint that others hold as well is what a history cannot be rewritten past: let the folder be one that who has the
    /// database cannot change, such as one that is copied elsewhere at once. The sealer does not wait for writing; what
    /// could not be written is written later. It waits for reading, at its start: if the log is not the one of the newest
    /// checkpoint there, it was restored from an older copy, and nothing is signed before a new epoch begins.
    #[arg(long, env = "HANSARD_CHECKPOINT_FOLDER", value_name = "FOLDER")]
    pub checkpoint_folder: Option<PathBuf>,

    /// Where signed checkpoints are sent, of each minute at least the last, as the body of a POST, over http or https.
    /// As with the folder, later if need be.
    #[arg(long, env = "HANSARD_CHECKPOINT_URL", value_name = "URL", hide_env_values = true)]
    pub checkpoint_url: Option<Secret>,
}

/// There are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum NoSigningKey {
    /// Their file cannot be read.
    #[error("the signing key file {} cannot be read", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It has another form.
    #[error("{}", file.display())]
    Malformed {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        source: BadSigningKey,
    },
}

impl Record {
    /// Where checkpoints are brought.
    pub(crate) fn targets(&self) -> Result<Vec<Target>, NoTarget> {
        let folder = self.checkpoint_folder.clone().map(Target::Folder);
        let url = self.checkpoint_url.as_ref().map(|url| Target::url(url.reveal())).transpose()?;
        Ok(folder.into_iter().chain(url).collect())
    }

    /// Reads the keys, if there is a file of them.
    pub fn read(&self) -> Result<Option<SigningKeys>, NoSigningKey> {
        let Some(file) = self.signing_key_file.clone() else { return Ok(None) };
        match std::fs::read_to_string(&file).map(Zeroizing::new) {
            Ok(text) => SigningKeys::parse(&text).map(Some).map_err(|source| NoSigningKey::Malformed { file, source }),
            Err(source) => Err(NoSigningKey::Unreadable { file, source }),
        }
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && !text.contains(|letter: char| letter.is_whitespace() || letter == '+');
    if is_name { Ok(text.to_owned()) } else { Err("a name has no spaces and no plus") }
}
