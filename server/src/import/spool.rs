//! Records in the order of their keys, more of them than fit in memory: runs are sorted, kept in temporary files, and
//! merged. A file has no name, and ends with the process.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// Bytes of a run, which are held in memory until it is written.
const RUN: usize = 32 << 20;

/// Runs that are merged at once: a buffer and an open file each.
const RUNS_MOST: usize = 128;

/// What records are ordered by: milliseconds since 1970, then the line and the place in it that tell of it.
pub(super) type Key = (i64, u64, u32);

/// A record.
type Entry = (Key, Vec<u8>);

/// Takes records.
pub(super) struct Spool {
    entries: Vec<Entry>,
    bytes: usize,
    run: usize,
    runs: Vec<File>,
}

impl Default for Spool {
    fn default() -> Self {
        Self::with_runs_of(RUN)
    }
}

impl Spool {
    fn with_runs_of(run: usize) -> Self {
        Self { entries: vec![], bytes: 0, run, runs: vec![] }
    }

    /// Takes a record. No other may have its key.
    pub(super) fn push(&mut self, key: Key, record: Vec<u8>) -> io::Result<()> {
        self.bytes += record.capacity() + size_of::<Entry>();
        self.entries.push((key, record));
        if self.bytes < self.run {
            return Ok(());
        }
        self.bytes = 0;
        let run = written(self.in_order())?;
        self.runs.push(run);
        if self.runs.len() == RUNS_MOST {
            let merged = Sorted::of(std::mem::take(&mut self.runs), vec![])?;
            self.runs.push(written(merged)?);
        }
        Ok(())
    }

    /// The records in their order.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        let rest = self.in_order().collect::<io::Result<Vec<_>>>()?;
        Sorted::of(self.runs, rest)
    }

    fn in_order(&mut self) -> impl Iterator<Item = io::Result<Entry>> + use<> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.into_iter().map(Ok)
    }
}

/// A run as it is read: the next record first.
struct Run {
    next: Entry,
    rest: Rest,
}

enum Rest {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Entry>),
}

/// Records in their order.
pub(super) struct Sorted {
    runs: BinaryHeap<Reverse<Run>>,
}

impl Sorted {
    fn of(files: Vec<File>, rest: Vec<Entry>) -> io::Result<Self> {
        let mut runs = BinaryHeap::with_capacity(files.len() + 1);
        let files = files.into_iter().map(|file| Rest::File(BufReader::with_capacity(64 << 10, file)));
        for mut rest in files.chain([Rest::Memory(rest.into_iter())]) {
            if let Some(next) = rest.read()? {
                runs.push(Reverse(Run { next, rest }));
            }
        }
        Ok(Self { runs })
    }

    fn read(&mut self) -> io::Result<Option<Entry>> {
        let Some(mut first) = self.runs.peek_mut() else { return Ok(None) };
        Ok(Some(match first.0.rest.read()? {
            Some(next) => std::mem::replace(&mut first.0.next, next),
            None => PeekMut::pop(first).0.next,
        }))
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl Rest {
    fn read(&mut self) -> io::Result<Option<Entry>> {
        let file = match self {
            Self::Memory(entries) => return Ok(entries.next()),
            Self::File(file) => file,
        };
        let mut head = [0_u8; 24];
        match file.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let (at, line, place, bytes) = (&head[..8], &head[8..16], &head[16..20], &head[20..]);
        let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
        let long = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let mut record = vec![0; word(bytes) as usize];
        file.read_exact(&mut record)?;
        Ok(Some(((long(at).cast_signed(), long(line), word(place)), record)))
    }
}

fn written(entries: impl Iterator<Item = io::Result<Entry>>) -> io::Result<File> {
    let mut file = BufWriter::with_capacity(256 << 10, tempfile::tempfile()?);
    for entry in entries {
        let ((at, line, place), record) = entry?;
        let bytes = u32::try_from(record.len()).map_err(io::Error::other)?;
        file.write_all(&at.to_le_bytes())?;
        file.write_all(&line.to_le_bytes())?;
        file.write_all(&place.to_le_bytes())?;
        file.write_all(&bytes.to_le_bytes())?;
        file.write_all(&record)?;
    }
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.next.0 == other.next.0
    }
}

impl Eq for Run {}

impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Run {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.next.0.cmp(&other.next.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_taken_comes_in_order(
            records in proptest::collection::btree_map(
                (any::<i64>(), 0..1000_u64, 0..3_u32),
                proptest::collection::vec(any::<u8>(), 0..20),
                0..800,
            ),
            shuffled in any::<u64>(),
        ) {
            // Some hundred runs, so that they are merged before the end too.
            let mut spool = Spool::with_runs_of(250);
            let mut order = records.iter().collect::<Vec<_>>();
            order.sort_by_key(|(key, _)| (key.0.cast_unsigned() ^ shuffled).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            for (key, record) in order {
                spool.push(*key, record.clone()).unwrap();
            }
            prop_assert!(spool.runs.len() < RUNS_MOST);
            let sorted = spool.sorted().unwrap().collect::<io::Result<Vec<_>>>().unwrap();
            prop_assert_eq!(sorted, records.into_iter().collect::<Vec<_>>());
        }
    }
}
