//! What need not be asked for: as long as nobody else appends, the log is where this process has left it.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::append::{Append, Status};
use crate::keyring::{KeyUse, Mark};
use crate::stream::Stream;

/// Streams, and keys, that are remembered; with more of them it is begun anew.
const MOST: usize = 65_536;

/// Groups of this process one upon another that show that nobody else appends.
const ALONE: u32 = 16;

/// Streams and keys as they are at a position of the log, where this process has written or checked them.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The log's last position, if nobody else has appended since.
    pub(crate) position: i64,
    /// Groups that were written one upon another.
    own: u32,
    sequences: HashMap<Stream, i64, RandomState>,
    keys: HashSet<String, RandomState>,
    /// The mark of the key that was on record by a name when it was looked at. That holds, whoever appends, as long as the
    /// connection does: a row that is there is destroyed or wrapped anew, and never becomes another key.
    compared: HashMap<String, Mark, RandomState>,
}

impl Known {
    /// Whether the stream has this sequence at the position.
    pub(crate) fn has_stream(&self, stream: &Stream, sequence: i64) -> bool {
        self.sequences.get(stream) == Some(&sequence)
    }

    /// Whether the key is on record, and not destroyed, at the position.
    pub(crate) fn has_key(&self, key: &KeyUse) -> bool {
        self.keys.contains(&key.name) && self.has_compared(key)
    }

    /// Whether this is the key that is, or was, on record by its name.
    pub(crate) fn has_compared(&self, key: &KeyUse) -> bool {
        self.compared.get(&key.name) == Some(&key.key.mark())
    }

    /// Whether nobody else seems to append: then what is known need not be told the log either.
    pub(crate) fn is_alone(&self) -> bool {
        self.own >= ALONE
    }

    /// Takes over what the log has checked and written for a group.
    pub(super) fn learn(&mut self, group: &[&Append], statuses: &[Status]) {
        let appended = || {
            group.iter().zip(statuses).filter_map(|(append, status)| match status {
                Status::Appended { first_position, .. } => Some((*append, *first_position)),
                Status::Moved | Status::ClaimTaken | Status::KeyChanged | Status::ReceiptThere => None,
            })
        };
        let Some(first) = appended().map(|(_, first)| first).min() else { return };
        if self.sequences.len() > MOST || self.compared.len() > MOST {
            self.forget();
        } else if first != self.position + 1 {
            *self = Self { compared: std::mem::take(&mut self.compared), ..Self::default() };
        } else {
            self.own = self.own.saturating_add(1);
        }
        for (append, first) in appended() {
            for (stream, sequence) in &append.guards {
                match self.sequences.get_mut(stream) {
                    Some(known) => *known = *sequence,
                    // Most streams that a command begins are short and rarely asked for again, as a message's is.
                    None if *sequence == 0 => {}
                    None => _ = self.sequences.insert(stream.clone(), *sequence),
                }
            }
            for key in &append.keys {
                if !self.has_key(key) {
                    self.keys.insert(key.name.clone());
                    self.compared.insert(key.name.clone(), key.key.mark());
                }
            }
            for event in &append.events {
                if let Some(sequence) = self.sequences.get_mut(&event.stream) {
                    *sequence = event.sequence;
                }
            }
            self.position = self.position.max(first + i64::try_from(append.events.len()).unwrap_or_default() - 1);
        }
        for name in appended().flat_map(|(append, _)| &append.destroyed_keys) {
            self.keys.remove(name);
        }
    }

    /// Knows nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::append::NewEvent;

    fn stream(id: &str) -> Stream {
        Stream::new("room", id)
    }

    /// A command that rests on some streams and writes the next event of each of others.
    fn command(guards: &[(&str, i64)], written: &[(&str, i64)]) -> Append {
        let event = |(id, sequence): &(&str, i64)| NewEvent {
            stream: stream(id),
            sequence: *sequence,
            event_type: String::new(),
            event_version: String::new(),
            payload: String::new(),
            metadata: String::new(),
            event_id: Uuid::nil(),
        };
        let guards = guards.iter().map(|(id, sequence)| (stream(id), *sequence)).collect();
        Append { guards, events: written.iter().map(event).collect(), ..Append::default() }
    }

    fn appended(first_position: i64) -> Status {
        Status::Appended { first_position, recorded_at: OffsetDateTime::UNIX_EPOCH }
    }

    #[test]
    fn what_was_checked_and_written_is_known_as_long_as_nobody_else_appends() {
        let mut known = Known::default();
        known.learn(&[&command(&[("a", 3)], &[]), &command(&[("b", 1)], &[("b", 2)])], &[Status::Moved, appended(1)]);
        assert!(!known.has_stream(&stream("a"), 3), "its command was refused");
        assert!(known.has_stream(&stream("b"), 2) && !known.has_stream(&stream("b"), 1));
        known.learn(&[&command(&[("a", 4)], &[("a", 5), ("a", 6)])], &[appended(2)]);
        assert_eq!(known.position, 3);
        assert!(known.has_stream(&stream("a"), 6) && known.has_stream(&stream("b"), 2));
        known.learn(&[&command(&[("c", 1)], &[("c", 2)])], &[appended(5)]);
        assert!(!known.has_stream(&stream("a"), 6), "somebody else has appended at position 4");
        assert!(known.has_stream(&stream("c"), 2));
        assert_eq!(known.position, 5);
        known.learn(&[&command(&[("c", 2), ("d", 0)], &[("d", 1)])], &[appended(6)]);
        assert!(known.has_stream(&stream("c"), 2) && !known.has_stream(&stream("d"), 1), "short streams are not kept");
    }

    #[test]
    fn a_process_is_alone_once_many_of_its_groups_followed_upon_each_other() {
        let (mut known, mut position) = (Known::default(), 0);
        let mut write = |known: &mut Known, others: i64| {
            position += 1 + others;
            known.learn(&[&command(&[], &[("a", position)])], &[appended(position)]);
        };
        for _ in 0..ALONE {
            assert!(!known.is_alone());
            write(&mut known, 0);
        }
        assert!(known.is_alone());
        write(&mut known, 1);
        assert!(!known.is_alone(), "somebody else has appended");
    }
}
