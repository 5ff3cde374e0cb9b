//! An export on its way: what it was asked for, so that one that was broken off is gone on with.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use api_kit::{Context, Timestamp};
use event_store::Head;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::cli::audit::manifest::{self, Part};

/// What an export was asked for. Its file is named as the export, with `.part.json` at the end, and gone once that is whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) format: String,
    pub(super) filter: Value,
    pub(super) reason: String,
    pub(super) accesses: Vec<i64>,
    pub(super) origin: Uuid,
    pub(super) epoch: i32,
    /// The export ends here, whenever it is finished.
    pub(super) end: i64,
    pub(super) began_at: String,
    /// The newest destruction of a key before anything was opened for it.
    #[serde(default)]
    pub(super) destroyed: i64,
    /// Files that are whole.
    pub(super) parts: Vec<Part>,
}

/// What was begun cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotGoOn {
    #[error("{} is of an export that was asked for otherwise: remove it, or write to another file", file.display())]
    Otherwise { file: PathBuf },
    #[error("{} is of another history of the log: remove it, or write to another file", file.display())]
    OtherHistory { file: PathBuf },
    #[error("{} is no plan of an export", file.display())]
    NoPlan { file: PathBuf, source: serde_json::Error },
}

impl Plan {
    /// Where that of an export is.
    pub(super) fn beside(export: &Path) -> PathBuf {
        manifest::with(export, ".part.json")
    }

    /// A new one, of the history that `head` names, with the newest destruction of a key. Nothing is on record of it yet.
    pub(super) fn new(format: &str, filter: Value, reason: &str, head: &Head, destroyed: i64) -> Self {
        let began_at = Timestamp(Context::ambient().now()).to_string();
        Self {
            format: format.to_owned(),
            filter,
            reason: reason.to_owned(),
            accesses: vec![],
            origin: head.origin,
            epoch: head.epoch,
            end: 0,
            began_at,
            destroyed,
            parts: vec![],
        }
    }

    /// The same, as it was begun before, if it was.
    pub(super) fn or_begun(self, export: &Path) -> Result<Self, crate::cli::Failed> {
        let file = Self::beside(export);
        let begun: Self = match std::fs::read(&file) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|source| CannotGoOn::NoPlan { file: file.clone(), source })?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self),
            Err(error) => return Err(error.into()),
        };
        if (&begun.format, &begun.filter, &begun.reason) != (&self.format, &self.filter, &self.reason) {
            return Err(CannotGoOn::Otherwise { file }.into());
        }
        if (begun.origin, begun.epoch) != (self.origin, self.epoch) {
            return Err(CannotGoOn::OtherHistory { file }.into());
        }
        Ok(begun)
    }

    /// Notes where the record says that the log was read for it; the first time, the export ends right before.
    pub(super) fn accessed(&mut self, at: i64) {
        if self.accesses.is_empty() {
            self.end = at - 1;
        }
        self.accesses.push(at);
    }

    /// Whether it was begun before.
    pub(super) fn goes_on(&self) -> bool {
        self.accesses.len() > 1
    }

    pub(super) fn keep(&self, export: &Path) -> io::Result<()> {
        manifest::write(&Self::beside(export), self)
    }
}
