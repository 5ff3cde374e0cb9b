//! The master key, which is not in the database.

use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use event_store::{BadMasterKey, MasterKey};
use zeroize::Zeroizing;

/// What of a file's mode its group and everyone else have.
const OTHERS: u32 = 0o077;

/// The key that wraps all others.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Keys")]
pub struct Keys {
    /// The file with the master key: a line a version, VERSION:64 HEX DIGITS. The greatest version wraps new keys.
    ///
    /// Everything personal in the log is sealed with keys that this one wraps: who loses it loses that for good, and
    /// who has it and the database reads it. Keep it apart from the database and its backups, readable by the server
    /// alone. To rotate: add a line with a greater version, restart every process, run `hansard keys rotate`, remove the
    /// older line. A process that meets a key of a version that it does not know reads the file again.
    ///
    /// Make one with: (umask 077 && echo "1:$(openssl rand -hex 32)" > master.key)
    #[arg(long, env = "HANSARD_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: PathBuf,
}

/// There is no master key.
#[derive(Debug, thiserror::Error)]
pub enum NoMasterKey {
    /// Its file cannot be read.
    #[error("the master key file {} cannot be read", file.display())]
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
        source: BadMasterKey,
    },
}

impl Keys {
    /// Reads the master key, which is read again when a newer version of it is met. Says so if others can read it too.
    pub fn read(&self) -> Result<MasterKey, NoMasterKey> {
        let keys = self.clone();
        Ok(self.read_once()?.read_again_by(move || {
            let read = keys.read_once();
            read.inspect_err(|error| tracing::warn!(error = error as &dyn Error, "the master key is not read again"))
                .ok()
        }))
    }

    fn read_once(&self) -> Result<MasterKey, NoMasterKey> {
        let file = || self.master_key_file.clone();
        let text = std::fs::read_to_string(&self.master_key_file)
            .map(Zeroizing::new)
            .map_err(|source| NoMasterKey::Unreadable { file: file(), source })?;
        let mode = std::fs::metadata(&self.master_key_file).map_or(0, |file| file.permissions().mode() & 0o777);
        if mode & OTHERS != 0 {
            tracing::warn!(
                file = %self.master_key_file.display(),
                file.mode = %format_args!("{mode:03o}"),
                "others than its owner have access to the master key: chmod 600"
            );
        }
        MasterKey::parse(&text).map_err(|source| NoMasterKey::Malformed { file: file(), source })
    }
}
