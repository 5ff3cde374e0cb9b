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

/// The items of a file that is one JSON list; those that are not of the form, or of which `lacks` says why they are none, are
/// told and passed over.
pub(super) fn list<T: DeserializeOwned>(
    path: &Path,
    mut lacks: impl FnMut(&T) -> Option<String>,
    faults: &mut Faults,
) -> Result<Vec<Placed<T>>, ImportError> {
    let text = text_of(path, faults)?;
    let not = |why: String| ImportError::NotAnExport { path: path.to_owned(), why };
    let items = serde_json::from_str::<Vec<&RawValue>>(&text).map_err(|error| not(error.to_string()))?;
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
