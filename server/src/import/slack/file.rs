//! A file that was shared with a message.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use domain::file::{FILES_MAX, Told};
use domain::id::{FileId, RoomId, derived};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::super::{Dated, Fact, Faults, Folder, Place, clean};
use super::list::is_id;
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
        let mut all = Vec::<Self>::new();
        for shared in listed(subtype, message).filter_map(Self::of) {
            if all.len() < FILES_MAX && all.iter().all(|other| other.source_id() != shared.source_id()) {
                all.push(shared);
            }
        }
        all
    }

    /// What of the files that a message shares does not go with it, or not as it stands there. Of those that Slack has no
    /// more nothing is said.
    pub(super) fn oddities(subtype: Option<&str>, message: &'a Map<String, Value>) -> Vec<String> {
        let mut odd = vec![];
        let is_gone = |file: &Value| file.get("mode").and_then(Value::as_str).is_some_and(|mode| GONE.contains(&mode));
        let nameless = listed(subtype, message).filter(|file| !is_gone(file) && Self::of(file).is_none()).count();
        if nameless > 0 {
            odd.push(format!("{nameless} of its files have no id, and are left out"));
        }
        let files = listed(subtype, message).filter_map(Self::of).collect::<Vec<_>>();
        let distinct = files.iter().map(Self::source_id).collect::<HashSet<_>>().len();
        if distinct > FILES_MAX {
            odd.push(format!("{distinct} files went with it, of which {FILES_MAX} do here"));
        }
        let unowned = files.iter().filter(|file| !file.text("user").is_empty() && file.owner().is_none()).count();
        if unowned > 0 {
            odd.push(format!("{unowned} of its files are of nobody with an id: they are its sender's"));
        }
        odd
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
        Some(self.text("user")).filter(|user| is_id(user))
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

    /// Its bytes, where they can be read, and are as many as it says.
    pub(super) fn bytes(&self, folder: &Folder, faults: &mut Faults) -> Option<PathBuf> {
        let path = folder.of(self.source_id())?;
        let told = self.size().filter(|_| MEASURED.contains(&self.text("mode")));
        let why = match (File::open(path).and_then(|file| file.metadata()), told) {
            (Err(error), _) => format!("cannot be read: {error}"),
            (Ok(found), Some(told)) if found.len() != told => {
                format!("has {} bytes, where the export says {told}", found.len())
            }
            (Ok(_), _) => return Some(path.to_owned()),
        };
        faults.pass_over(&Place::of(path, 1), why);
        None
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

/// What a message tells of files: in old exports of one.
fn listed<'a>(subtype: Option<&str>, message: &'a Map<String, Value>) -> impl Iterator<Item = &'a Value> + use<'a> {
    let one = message.get("file").filter(|_| subtype == Some("file_share"));
    let several = message.get("files").and_then(Value::as_array).into_iter().flatten();
    one.into_iter().chain(several)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_cannot_be_read_are_told_and_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["F01", "F02"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let found = Folder::open(folder.path()).unwrap().looked_through().unwrap();
        std::fs::remove_file(folder.path().join("F02")).unwrap();
        let message = json!({"files": [{"id": "F01"}, {"id": "F02"}]});
        let mut faults = Faults::default();
        let shared = Shared::all(None, message.as_object().unwrap());
        let here = shared.iter().map(|file| file.bytes(&found, &mut faults).is_some()).collect::<Vec<_>>();
        assert_eq!((here, faults.bad.len()), (vec![true, false], 1));
        assert!(faults.bad[0].why.starts_with("cannot be read: "), "{:?}", faults.bad);
    }

    #[test]
    fn files_that_do_not_go_with_their_message_are_told() {
        let named = |id: String| json!({"id": id, "user": "U1"});
        let many = (0..=FILES_MAX).map(|number| named(format!("F{number}"))).collect::<Vec<_>>();
        let long = named("F".repeat(ID_MAX + 1));
        let gone = json!({"id": "F9", "mode": "hidden_by_limit"});
        for (files, odd) in [
            (vec![named("F1".to_owned()), named("F1".to_owned()), gone], vec![]),
            (vec![long, json!("F1"), json!({})], vec!["3 of its files have no id, and are left out"]),
            (
                vec![json!({"id": "F1", "user": "\n"})],
                vec!["1 of its files are of nobody with an id: they are its sender's"],
            ),
            (many, vec!["21 files went with it, of which 20 do here"]),
        ] {
            let message = json!({"files": files});
            assert_eq!(Shared::oddities(None, message.as_object().unwrap()), odd);
        }
    }
}
