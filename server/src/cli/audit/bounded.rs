//! Reading what others wrote, within a bound: who checks a file must not run out of memory over it.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// The longest line, and the largest file that is read whole, in bytes: 64 MiB.
///
/// The longest events say where something was that is erased: eight million positions fit.
pub(super) const LONGEST: u64 = 64 << 20;

/// Reads the next line with its end, in the place of what `line` held; nothing at the end of the file. Whether the line is
/// within the bound: of one that is longer no more is read.
pub(super) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    reader.take(LONGEST + 1).read_until(b'\n', line)?;
    Ok(line.len() as u64 <= LONGEST)
}

/// All of a file; nothing of one that is larger.
pub(super) fn whole(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![];
    File::open(file)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then_some(bytes))
}
