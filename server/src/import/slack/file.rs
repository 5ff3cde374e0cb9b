//! A file that was shared with a message.

use std::fs;
use std::path::{Path, PathBuf};

use domain::file::{FILES_MAX, Told};
use domain::id::{FileId, RoomId, derived};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::super::{Bad, Dated, Fact, Folder, clean};
use super::{SOURCE, origin, pin, user};

/// Longest id of a file; Slack's have some ten characters.
const ID_MAX: usize = 64;

/// What is left of files that Slack has no more, or does not show.
const GONE: [&str; 2] = ["tombstone", "hidden_by_limit"];

/// Files whose length is that of their bytes; others are kept elsewhere, or have other forms.
const MEASURED: [&str; 2] = ["hosted", "snippet"];

/// A file as a message tells of it.
#[derive(Debug)]
pub(super) struct Shared<'a>(&'a Map<String, Value>);

impl<'a> Shared<'a> {
    /// The files that a message shares: in old exports one, which comments on it name as well. At most as many as go
    /// with a message here; what is not of the form stays with the message.
    pub(super) fn all(subtype: Option<&str>, message: &'a Map<String, Value>) -> Vec<Self> {
        let one = message.get("file").filter(|_| subtype == Some("file_share"));
        let several = message.get("files").and_then(Value::as_array).into_iter().flatten();
        let mut all = Vec::<Self>::new();
        for shared in one.into_iter().chain(several).filter_map(Self::of) {
            if all.len() < FILES_MAX && all.iter().all(|other| other.source_id() != shared.source_id()) {
                all.push(shared);
            }
        }
        all
    }

    /// Whether this is what was told of it.
    pub(super) fn is(&self, value: &Value) -> bool {
        value.as_object() == Some(self.0)
    }

    fn of(value: &'a Value) -> Option<Self> {
        let shared = Self(value.as_object()?);
        let id = shared.source_id();
        let is_id = (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_id && !GONE.contains(&shared.text("mode"))).then_some(shared)
    }

    /// What Slack calls it.
    pub(super) fn source_id(&self) -> &'a str {
        self.text("id")
    }

    pub(super) fn id(&self) -> FileId {
        FileId(derived(SOURCE, &format!("file/{}", self.source_id())))
    }

    /// Slack's id of who uploaded it.
    pub(super) fn owner(&self) -> Option<&'a str> {
        Some(self.text("user")).filter(|user| !user.is_empty())
    }

    /// That it is there; shared by `sender` at a time unless it says otherwise itself.
    pub(super) fn fact(&self, room: RoomId, sender: &str, at: OffsetDateTime, bytes: Option<PathBuf>) -> Dated {
        let name = ["name", "title"].into_iter().map(|field| self.text(field)).find(|name| !name.trim().is_empty());
        let fact = Fact::File {
            id: self.id(),
            room,
            owner: user(self.owner().unwrap_or(sender)),
            filename: name.unwrap_or_default().to_owned(),
            told: Told { size: self.size().unwrap_or(0), media_type: self.text("mimetype").to_owned() },
            bytes,
        };
        let mut rest = self.0.clone();
        rest.remove("initial_comment");
        let at = self.0.get("created").and_then(pin::seconds).map_or(at, |created| created.min(at));
        Dated { at, origin: origin(self.source_id(), Some(clean(Value::Object(rest)))), fact }
    }

    /// Its bytes, where they are as many as it says.
    pub(super) fn bytes(&self, folder: &Folder, bad: &mut Vec<Bad>) -> Option<PathBuf> {
        let path = folder.of(self.source_id())?;
        let told = self.size().filter(|_| MEASURED.contains(&self.text("mode")));
        match (fs::metadata(path).map(|found| found.len()), told) {
            (Ok(found), Some(told)) if found != told => {
                bad.push(missized(path, found, told));
                None
            }
            (Ok(_) | Err(_), _) => Some(path.to_owned()),
        }
    }

    /// What its message keeps of it: the comment is another's to keep.
    pub(super) fn left(&self) -> Value {
        match self.0.get("initial_comment") {
            Some(comment) => json!({"id": self.source_id(), "initial_comment": comment}),
            None => json!({"id": self.source_id()}),
        }
    }

    fn size(&self) -> Option<u64> {
        self.0.get("size").and_then(Value::as_u64)
    }

    fn text(&self, field: &str) -> &'a str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

fn missized(path: &Path, found: u64, told: u64) -> Bad {
    Bad { file: path.to_owned(), line: 1, why: format!("has {found} bytes, where the export says {told}") }
}
