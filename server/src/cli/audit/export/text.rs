//! Exports as lines of text in one file, which has another name until it is whole.
//!
//! What was written is itself the note of how far it came: whoever goes on takes over its whole lines, and drops what follows them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use event_store::Head;
use query_api::audit::{Event, Format, Lines};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::Failed;
use crate::cli::audit::bounded;
use crate::cli::audit::manifest::{self, Part};

/// A file on its way.
pub(super) struct TextFile {
    file: File,
    lines: Lines,
    hash: Sha256,
    part: Part,
    /// What is not written yet.
    text: Vec<u8>,
}

/// What is needed of a line.
#[derive(Deserialize)]
struct Line {
    /// A number, or of a cloud event its text.
    position: Value,
}

impl TextFile {
    /// The export at `whole`; if it `goes_on`, with what was written of it before.
    pub(super) fn open(whole: &Path, format: Format, head: &Head, goes_on: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(manifest::with(whole, ".part"))?;
        let part = Part { name: manifest::name(whole), ..Part::default() };
        let (lines, hash, text) = (Lines::begin(format, head), Sha256::new(), vec![]);
        let mut begun = Self { file, lines, hash, part, text };
        if goes_on {
            begun.take_over(format)?;
        }
        begun.file.set_len(begun.part.bytes)?;
        begun.file.seek(SeekFrom::Start(begun.part.bytes))?;
        if begun.part.events > 0 {
            begun.lines = Lines::resume(format, head);
        }
        Ok(begun)
    }

    /// Reads what is there, up to the end of the last event that is followed by what follows events.
    fn take_over(&mut self, format: Format) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 20, self.file.try_clone()?);
        let (mut line, mut before) = (vec![], vec![]);
        loop {
            // What is longer than any event is not to be gone on with.
            if !bounded::next_line(&mut reader, &mut line)? {
                break;
            }
            if format == Format::CloudEvents && self.part.events == 0 && line == b"[\n" {
                before.clone_from(&line);
                continue;
            }
            // A comma is written with the event after it.
            let (event, after) = match format {
                Format::Ndjson => (line.ends_with(b"\n").then_some(&line[..]), &b""[..]),
                Format::CloudEvents => (line.strip_suffix(b",\n"), &b",\n"[..]),
            };
            let Some((event, position)) = event.and_then(|event| Some((event, position(event)?))) else { break };
            if self.part.last_position.is_some_and(|last| last >= position) {
                break;
            }
            for bytes in [&before[..], event] {
                self.hash.update(bytes);
                self.part.bytes += bytes.len() as u64;
            }
            self.part.count(position);
            before = after.to_vec();
        }
        Ok(())
    }

    /// What it has so far.
    pub(super) fn part(&self) -> &Part {
        &self.part
    }

    /// Writes more events.
    pub(super) fn take(&mut self, events: Vec<Event>) -> Result<(), Failed> {
        for event in events {
            self.part.count(event.position);
            self.lines.event(event, &mut self.text)?;
        }
        Ok(self.write()?)
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.text)?;
        self.hash.update(&self.text);
        self.part.bytes += self.text.len() as u64;
        self.text.clear();
        Ok(())
    }

    /// Ends it: it is on disk, and has yet to be named.
    pub(super) fn complete(mut self) -> Result<Part, Failed> {
        self.lines.end(&mut self.text);
        self.write()?;
        self.file.sync_all()?;
        self.part.sha256 = hex::encode(self.hash.finalize());
        Ok(self.part)
    }
}

/// Removes what was written of an export.
pub(super) fn discard(whole: &Path) -> io::Result<()> {
    manifest::remove(&manifest::with(whole, ".part"))
}

/// Gives what is whole its name.
pub(super) fn name(whole: &Path) -> io::Result<()> {
    manifest::rename(&manifest::with(whole, ".part"), whole)
}

/// The position of an event; none of what is no event.
fn position(event: &[u8]) -> Option<i64> {
    let Line { position } = serde_json::from_slice(event).ok()?;
    position.as_i64().or_else(|| position.as_str()?.parse().ok())
}
