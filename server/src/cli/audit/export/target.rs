//! Where an export goes: a file of text, or a folder of Parquet.

use std::io;
use std::path::Path;

use event_store::Head;
use query_api::audit::{Event, Format};

use super::parquet::Folder;
use super::plan::Plan;
use super::text::TextFile;
use crate::cli::Failed;
use crate::cli::audit::manifest::Part;

/// Where an export goes.
pub(super) enum Target {
    Text(Box<TextFile>),
    Folder(Box<Folder>),
}

impl Target {
    pub(super) fn text(whole: &Path, format: Format, head: &Head, goes_on: bool) -> io::Result<Self> {
        Ok(Self::Text(Box::new(TextFile::open(whole, format, head, goes_on)?)))
    }

    pub(super) fn folder(path: &Path, events_per_file: u64, plan: Plan) -> io::Result<Self> {
        Ok(Self::Folder(Box::new(Folder::open(path, events_per_file, plan)?)))
    }

    /// How many events it has from before, and the position of the last.
    pub(super) fn done(&self) -> (u64, Option<i64>) {
        match self {
            Self::Text(text) => (text.part().events, text.part().last_position),
            Self::Folder(folder) => {
                let parts = folder.done();
                (parts.iter().map(|part| part.events).sum(), parts.iter().rev().find_map(|part| part.last_position))
            }
        }
    }

    /// Writes more events.
    pub(super) fn take(mut self, events: Vec<Event>) -> Result<Self, Failed> {
        match &mut self {
            Self::Text(text) => text.take(events)?,
            Self::Folder(folder) => folder.take(events)?,
        }
        Ok(self)
    }

    /// Ends it; its files. A file of text has yet to be named.
    pub(super) fn complete(self) -> Result<Vec<Part>, Failed> {
        match self {
            Self::Text(text) => Ok(vec![text.complete()?]),
            Self::Folder(folder) => folder.complete(),
        }
    }
}
