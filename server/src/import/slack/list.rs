//! The items of a file of an export, each with its place, and what an id in it is.

use std::path::Path;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::super::{Faults, ImportError, Place, text_of, why};

/// What is shown of a text that is not what it should be, in characters.
const SHOWN: usize = 40;

/// An item and where it stands.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) place: Place,
    pub(super) item: T,
}

/// Why nothing of a file was read.
#[derive(Debug)]
pub(super) struct NotRead {
    /// Where in it, from 1.
    pub(super) line: usize,
    pub(super) why: String,
    /// The same, where the import ends with it.
    error: ImportError,
}

impl From<ImportError> for NotRead {
    fn from(error: ImportError) -> Self {
        let why = match &error {
            ImportError::Unreadable { source, .. } => format!("it cannot be read: {source}"),
            ImportError::NotAnExport { .. } | ImportError::Refused(..) => error.to_string(),
        };
        Self { line: 1, why, error }
    }
}

impl From<NotRead> for ImportError {
    fn from(not_read: NotRead) -> Self {
        not_read.error
    }
}

impl NotRead {
    fn no_json(path: &Path, error: &serde_json::Error) -> Self {
        let not_an_export = ImportError::NotAnExport { path: path.to_owned(), why: error.to_string() };
        Self { line: error.line().max(1), why: why(error), error: not_an_export }
    }
}

/// The items of a file that is one JSON list; those that are not of the form, or of which `lacks` says why they are none, are
/// told and passed over.
pub(super) fn list<T: DeserializeOwned>(
    path: &Path,
    mut lacks: impl FnMut(&T) -> Option<String>,
    faults: &mut Faults,
) -> Result<Vec<Placed<T>>, NotRead> {
    let text = text_of(path, faults)?;
    let items = serde_json::from_str::<Vec<&RawValue>>(&text).map_err(|error| NotRead::no_json(path, &error))?;
    let (file, mut line, mut seen) = (Rc::<Path>::from(path), 1, 0);
    let mut good = Vec::with_capacity(items.len());
    for item in items {
        let offset = item.get().as_ptr().addr() - text.as_ptr().addr();
        line += text[seen..offset].matches('\n').count();
        seen = offset;
        let place = Place::within(&file, line);
        let read = serde_json::from_str::<T>(item.get()).map_err(|error| why(&error));
        match read.and_then(|item| lacks(&item).map_or(Ok(item), Err)) {
            Ok(item) => good.push(Placed { place, item }),
            Err(why) => faults.pass_over(&place, why),
        }
    }
    Ok(good)
}

/// Whether a text can be an id: who has no other name is called by it.
pub(super) fn is_id(text: &str) -> bool {
    domain::text::display_name(text).is_ok()
}

/// A text that is not what it should be, as a line of its own can hold it.
pub(super) fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn of_a_file_that_is_no_list_it_is_told_where_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let not_read = |path: &Path| list::<Value>(path, |_| None, &mut Faults::default()).unwrap_err();
        let path = folder.path().join("2014-05-14.json");
        std::fs::write(&path, "[\n{},\n{\"text\": }\n]").unwrap();
        let wrong = not_read(&path);
        assert_eq!((wrong.line, &*wrong.why), (3, "expected value"));
        assert!(ImportError::from(wrong).to_string().ends_with("2014-05-14.json: expected value at line 3 column 10"));
        let folder = not_read(folder.path());
        assert!(folder.line == 1 && folder.why.starts_with("it cannot be read: "), "{folder:?}");
        assert!(matches!(ImportError::from(folder), ImportError::Unreadable { .. }));
    }
}
