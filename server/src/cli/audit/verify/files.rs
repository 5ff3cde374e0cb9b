//! The files of an export, whatever it is written as.

use std::fs::File;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use record::Check;

use super::{Found, Unusable, Wrong, parquet, text};
use crate::cli::audit::manifest::{self, Manifest, Part};

/// Bytes read at once.
pub(super) const AT_ONCE: usize = 1 << 20;

/// Reads an export once, has its events checked, and compares its files with a manifest.
pub(super) fn read(export: &Path, manifest: Option<&Manifest>, mut check: Option<&mut Check>) -> Found<()> {
    let bar = ProgressBar::no_length().with_message("checking");
    bar.set_style(ProgressStyle::with_template("{msg} {bar:30} {decimal_bytes}, {decimal_bytes_per_sec}")?);
    let files = files(export)?;
    bar.set_length(files.iter().filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum());
    let mut other = None;
    for (number, file) in files.iter().enumerate() {
        let read = if export.is_dir() {
            parquet::read(file, &bar, check.as_deref_mut())?
        } else {
            text::read(file, &bar, check.as_deref_mut())?.map_err(Wrong::from)
        };
        let hash = match read {
            Ok(hash) => hash,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let Some(manifest) = manifest else { continue };
        let name = manifest::name(file);
        match manifest.files.get(number).filter(|part| !export.is_dir() || is_called(part, &name)) {
            Some(part) if part.sha256 == hash => {}
            Some(_) => other = other.or(Some(Wrong::OtherFile(name))),
            None => return Ok(Err(Wrong::NotDescribed(name))),
        }
    }
    bar.finish_and_clear();
    let missing = manifest.and_then(|manifest| manifest.files.get(files.len()));
    let wrong = other.or_else(|| missing.map(|part| Wrong::Missing(part.name.clone())));
    Ok(wrong.map_or(Ok(()), Err))
}

/// Whether a file has the name that it had, in whatever folder.
fn is_called(part: &Part, name: &str) -> bool {
    manifest::name(Path::new(&part.name)) == name
}

/// The files of an export, in order.
fn files(export: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let unreadable = |source| Unusable::Unreadable { file: export.to_owned(), source };
    if !export.is_dir() {
        return Ok(vec![export.to_owned()]);
    }
    let entries = std::fs::read_dir(export).map_err(unreadable)?;
    let mut files = vec![];
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn open(file: &Path) -> Result<File, Unusable> {
    File::open(file).map_err(|source| Unusable::Unreadable { file: file.to_owned(), source })
}
