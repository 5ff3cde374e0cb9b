//! The lines of a file, one at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// The longest line that is read, in bytes: a post with all that was answered to it is one.
pub(super) const LONGEST: usize = 64 << 20;

/// The lines of a file.
pub(super) struct Lines<R = BufReader<File>> {
    file: R,
    line: Vec<u8>,
    longest: usize,
}

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// Without its end.
    Line(&'a [u8]),
    TooLong,
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::with_capacity(1 << 20, File::open(path)?), line: vec![], longest: LONGEST })
    }
}

impl<R: BufRead> Lines<R> {
    /// The next line, and how many bytes it took in the file.
    pub(super) fn next(&mut self) -> io::Result<Option<(Next<'_>, u64)>> {
        self.line.clear();
        let (mut bytes, mut fits) = (0_u64, true);
        loop {
            let read = self.file.fill_buf()?;
            if read.is_empty() {
                break;
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = &read[..end.unwrap_or(read.len())];
            fits &= self.line.len() + part.len() <= self.longest;
            if fits {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.file.consume(used);
            bytes += used as u64;
            if end.is_some() {
                break;
            }
        }
        if bytes == 0 {
            return Ok(None);
        }
        Ok(Some((if fits { Next::Line(&self.line) } else { Next::TooLong }, bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_not_held_and_those_after_it_are_read() {
        let file = BufReader::with_capacity(3, "ab\n\nabcdefgh\ncd\nend".as_bytes());
        let mut lines = Lines { file, line: vec![], longest: 5 };
        for (line, bytes) in [
            (Next::Line(b"ab"), 3),
            (Next::Line(b""), 1),
            (Next::TooLong, 9),
            (Next::Line(b"cd"), 3),
            (Next::Line(b"end"), 3),
        ] {
            assert_eq!(lines.next().unwrap(), Some((line, bytes)));
        }
        assert_eq!(lines.next().unwrap(), None);
    }
}
