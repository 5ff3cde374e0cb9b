//! Exports as lines of text.

use std::io::{BufReader, Read};
use std::path::Path;

use indicatif::ProgressBar;
use record::{Check, Differs};
use sha2::{Digest, Sha256};

use super::Unusable;
use super::files::{AT_ONCE, open};
use crate::cli::audit::bounded;

/// Reads NDJSON, or CloudEvents as an export has them: one a line, none of which is longer than [`bounded::LONGEST`]. The
/// SHA-256 of the whole, in hex.
pub(super) fn read(
    file: &Path,
    bar: &ProgressBar,
    mut check: Option<&mut Check>,
) -> Result<Result<String, Differs>, Unusable> {
    let unreadable = |source| Unusable::Unreadable { file: file.to_owned(), source };
    let source: Box<dyn Read> = if file == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(open(file)?) };
    let mut lines = BufReader::with_capacity(AT_ONCE, bar.wrap_read(source));
    let (mut hash, mut line, mut is_array, mut number) = (Sha256::new(), vec![], false, 0_u64);
    loop {
        number += 1;
        if !bounded::next_line(&mut lines, &mut line).map_err(unreadable)? {
            return Err(Unusable::TooLong { file: file.to_owned(), line: number });
        }
        if line.is_empty() {
            return Ok(Ok(hex::encode(hash.finalize())));
        }
        hash.update(&line);
        let Some(check) = check.as_deref_mut() else { continue };
        let told = match line.trim_ascii() {
            b"[" if !is_array => {
                is_array = true;
                Ok(())
            }
            b"]" if is_array => Ok(()),
            event if is_array => check.cloud_event(event.strip_suffix(b",").unwrap_or(event)),
            event => check.line(event),
        };
        if let Err(differs) = told {
            return Ok(Err(differs));
        }
    }
}
