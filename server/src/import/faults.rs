//! What is wrong in a source: told with its place, alike whether anything is written or not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What is wrong in a source.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// What could not be read, and was passed over.
    pub(crate) bad: Vec<Bad>,
    /// What was read, though not all of it, or not as it stands there.
    pub(crate) mended: Vec<Bad>,
}

/// Something in a source that could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(super) file: PathBuf,
    /// From 1.
    pub(super) line: usize,
    pub(super) why: String,
}

/// Where something stands in a source.
#[derive(Clone, Debug)]
pub(super) struct Place {
    file: Rc<Path>,
    /// From 1.
    line: usize,
}

impl Faults {
    /// Something is passed over.
    pub(super) fn pass_over(&mut self, place: &Place, why: impl Into<String>) {
        self.bad.push(place.bad(why.into()));
    }

    /// Something is made do with.
    pub(super) fn mend(&mut self, place: &Place, why: impl Into<String>) {
        self.mended.push(place.bad(why.into()));
    }
}

impl Place {
    /// A line of a file, from 1.
    pub(super) fn of(file: &Path, line: usize) -> Self {
        Self::within(&Rc::from(file), line)
    }

    /// The same, of a file with many.
    pub(super) fn within(file: &Rc<Path>, line: usize) -> Self {
        Self { file: Rc::clone(file), line }
    }

    fn bad(&self, why: String) -> Bad {
        Bad { file: self.file.to_path_buf(), line: self.line, why }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}
