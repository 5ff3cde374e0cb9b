//! Imports: another system's history as facts of this log, under ids derived from it, so that it is told once however
//! often it is imported.

mod apply;
mod fact;
mod irc;
mod slack;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use apply::Importer;
pub(crate) use fact::{Dated, Fact};
pub(crate) use irc::irc;
pub(crate) use slack::slack;

/// What was read of a source: its facts, in the order in which they are to be told, and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// First of all: who there is and where.
    pub(crate) beginnings: Vec<Dated>,
    /// What happened in each room, in its order. Rooms do not wait for each other.
    pub(crate) rooms: Vec<Vec<Dated>>,
    /// What could not be read, and was passed over.
    pub(crate) bad: Vec<Bad>,
}

impl Read {
    /// How many facts there are.
    pub(crate) fn count(&self) -> usize {
        self.beginnings.len() + self.rooms.iter().map(Vec::len).sum::<usize>()
    }

    /// How many of the facts are messages.
    pub(crate) fn messages(&self) -> usize {
        self.rooms.iter().flatten().filter(|dated| matches!(dated.fact, Fact::Message { .. })).count()
    }
}

/// Something in a source that could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    file: PathBuf,
    /// From 1.
    line: usize,
    why: String,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}

/// A source cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// A file or folder cannot be opened.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no export of this kind.
    #[error("{}: {why}", path.display())]
    NotAnExport {
        /// The file that says so.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The log did not take a fact.
    #[error("the log did not take what the source tells from {0} on: {1}")]
    Refused(String, String),
}

/// A file's text; bytes that are no UTF-8 are replaced.
fn text_of(path: &Path) -> Result<String, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The entries of a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let mut paths = entries.into_iter().map(|entry| entry.path()).collect::<Vec<_>>();
    paths.sort();
    Ok(paths)
}
