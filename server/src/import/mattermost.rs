//! Mattermost's bulk export: a JSON object a line. First teams, channels and people, then what was posted in channels, then
//! direct rooms and what was posted there.
//!
//! Source: Mattermost's documentation, "Bulk loading data", and `app/imports/import_types.go` of its server. Posts stand in
//! the order of their ids, which have nothing to do with time: they are sorted first, with the help of temporary files. In
//! memory are people, rooms and who is in them, and no post for longer than it takes to tell of it.

mod line;
mod lines;
mod mention;
mod people;
mod post;
mod room;
mod said;
mod teller;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use domain::imported::Origin;
use serde_json::Value;
use time::OffsetDateTime;

use super::spool::Spool;
use super::{Bad, Dated, Folder, ImportError, clean, why};
use line::Line;
use lines::{Lines, Next};
use people::People;
use room::Rooms;
use teller::Teller;

const SOURCE: &str = "mattermost";

/// The version of the form that this reads.
const VERSION: i64 = 1;

/// What was read of an export.
pub(crate) struct Export {
    path: PathBuf,
    people: People,
    rooms: Rooms,
    folder: Option<Folder>,
    /// The oldest post's time: what has none of its own is told as of then.
    began: OffsetDateTime,
    posts: Spool,
    /// How much it is.
    pub(crate) counts: Counts,
}

/// How much was read.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Facts in all.
    pub(crate) facts: usize,
    /// Those that are messages.
    pub(crate) messages: usize,
    /// Files that go with messages, and those of them whose bytes are here.
    pub(crate) files: usize,
    pub(crate) files_here: usize,
    /// Those that are rooms.
    pub(crate) rooms: usize,
    /// Lines that could not be read.
    pub(crate) bad: usize,
    /// What there is no fact for here, by its kind.
    pub(crate) skipped: BTreeMap<&'static str, usize>,
}

/// What is told while a file is read.
pub(crate) trait Watch {
    /// A line could not be read, and was passed over.
    fn bad(&mut self, bad: &Bad) -> io::Result<()>;
    /// So many bytes more were read.
    fn read(&mut self, bytes: u64);
}

/// Why a line is passed over, or the reading ends.
enum NotRead {
    Bad(String),
    Failed(io::Error),
}

impl From<io::Error> for NotRead {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads the export at `path`, with bytes of its files in `folder`; what is posted is kept for telling it only if `keep`
/// says so.
pub(crate) fn mattermost(
    path: &Path,
    folder: Option<Folder>,
    keep: bool,
    watch: &mut dyn Watch,
) -> Result<Export, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let mut lines = Lines::open(path).map_err(unreadable)?;
    let mut reading = Reading { keep, folder, ..Reading::default() };
    let mut number = 0;
    while let Some((next, bytes)) = lines.next().map_err(unreadable)? {
        number += 1;
        watch.read(bytes);
        let read = match next {
            Next::Line(line) if number == 1 => {
                reading.version(line).map_err(|why| ImportError::NotAnExport { path: path.to_owned(), why })?;
                continue;
            }
            Next::Line(line) if line.trim_ascii().is_empty() => continue,
            Next::Line(line) => reading.line(line, number),
            Next::TooLong => Err(NotRead::Bad(format!("longer than {} MiB", lines::LONGEST >> 20))),
        };
        match read {
            Ok(()) => {}
            Err(NotRead::Failed(error)) => return Err(unreadable(error)),
            Err(NotRead::Bad(why)) => {
                reading.counts.bad += 1;
                let line = usize::try_from(number).unwrap_or(usize::MAX);
                watch.bad(&Bad { file: path.to_owned(), line, why }).map_err(unreadable)?;
            }
        }
    }
    if number == 0 {
        return Err(ImportError::NotAnExport { path: path.to_owned(), why: "it is empty".to_owned() });
    }
    Ok(reading.finish(path))
}

/// An export while it is read.
#[derive(Default)]
struct Reading {
    people: People,
    rooms: Rooms,
    posts: Spool,
    counts: Counts,
    keep: bool,
    /// Where bytes of files are looked for.
    folder: Option<Folder>,
    /// When the export was made, if it says so.
    made: Option<OffsetDateTime>,
    /// Milliseconds since 1970 of the oldest post.
    oldest: Option<i64>,
}

impl Reading {
    /// The first line, without which it is no export.
    fn version(&mut self, line: &[u8]) -> Result<(), String> {
        if line.starts_with(b"PK") {
            return Err("it is packed: unpack it, and give the file *.jsonl in it".to_owned());
        }
        match serde_json::from_slice::<Line>(line) {
            Ok(Line { kind, version: Some(VERSION), info, .. }) if kind == "version" => {
                self.made = info.and_then(|info| info.made()).filter(is_shown);
                Ok(())
            }
            Ok(Line { kind, version: Some(version), .. }) if kind == "version" => {
                Err(format!("it is of version {version} of the form, of which {VERSION} is known here"))
            }
            Ok(_) => Err("its first line does not say its version".to_owned()),
            Err(error) => Err(why(&error)),
        }
    }

    fn line(&mut self, line: &[u8], number: u64) -> Result<(), NotRead> {
        let line = serde_json::from_slice::<Line>(line).map_err(|error| NotRead::Bad(why(&error)))?;
        let lacks = || NotRead::Bad(format!("a line of the kind {} holds no {0}", line.kind));
        match &*line.kind {
            "team" => self.rooms.team(line.team.ok_or_else(lacks)?),
            "channel" => self.rooms.channel(line.channel.ok_or_else(lacks)?).map_err(NotRead::Bad)?,
            "user" => {
                let user = line.user.ok_or_else(lacks)?;
                self.rooms.member_of(self.people.user(&user), &user).map_err(NotRead::Bad)?;
            }
            "bot" => self.people.bot(&line.bot.ok_or_else(lacks)?),
            "post" => {
                let post = line.post.ok_or_else(lacks)?;
                let room = self.rooms.find(post.team.as_deref(), post.channel.as_deref()).map_err(NotRead::Bad)?;
                self.post(post, room, number)?;
            }
            "direct_channel" => {
                let channel = line.direct_channel.ok_or_else(lacks)?;
                self.rooms.direct_channel(&mut self.people, channel).map_err(NotRead::Bad)?;
            }
            "direct_post" => {
                let post = line.direct_post.ok_or_else(lacks)?;
                let members = post.channel_members.iter().flatten().map(String::as_str);
                let room = self.rooms.direct(&mut self.people, members).map_err(NotRead::Bad)?;
                self.post(post, room, number)?;
            }
            "emoji" => self.skip("emoji"),
            "role" => self.skip("roles"),
            "scheme" => self.skip("schemes"),
            "version" => {}
            kind => return Err(NotRead::Bad(format!("no kind of line that is known here: {kind}"))),
        }
        Ok(())
    }

    fn skip(&mut self, what: &'static str) {
        *self.counts.skipped.entry(what).or_default() += 1;
    }

    fn finish(mut self, path: &Path) -> Export {
        let oldest = self.oldest.and_then(moment);
        let began = oldest.or(self.made).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        self.counts.rooms = self.rooms.count();
        let Self { people, rooms, posts, counts, folder, .. } = self;
        let mut export = Export { path: path.to_owned(), people, rooms, folder, began, posts, counts };
        export.counts.facts += export.beginnings().count() + export.endings().count();
        export
    }
}

impl Export {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// First of all: who there is and where.
    pub(crate) fn beginnings(&self) -> impl Iterator<Item = Dated> {
        self.people.registered(self.began).chain(self.rooms.made(&self.people, self.began))
    }

    /// What happened, in its order. To be asked for once.
    pub(crate) fn told(&mut self) -> io::Result<impl Iterator<Item = io::Result<Dated>>> {
        let posts = std::mem::take(&mut self.posts).sorted()?;
        Ok(Teller::new(posts, &self.people, &self.rooms, self.folder.as_ref()))
    }

    /// Last: what the export says of today, where what happened does not come to it.
    pub(crate) fn endings(&self) -> impl Iterator<Item = Dated> {
        self.rooms.endings(&self.people, self.began)
    }
}

/// Milliseconds since 1970 as a time; none of what no clock of a server has shown.
fn moment(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok().filter(is_shown)
}

/// Whether clocks have shown a time, and it has four digits for its year.
fn is_shown(at: &OffsetDateTime) -> bool {
    (1970..10_000).contains(&at.year())
}

fn origin(source_id: String, rest: Option<Value>) -> Origin {
    Origin { source: SOURCE.to_owned(), source_id, rest: rest.map(clean) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_one_that_clocks_have_shown() {
        for millis in [0, 1_400_055_557_123, 253_402_300_799_999] {
            assert!(moment(millis).is_some(), "{millis}");
        }
        for millis in [i64::MIN, -1, 253_402_300_800_000, i64::MAX] {
            assert_eq!(moment(millis), None, "{millis}");
        }
    }
}
