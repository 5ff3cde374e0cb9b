//! Messages of a segment by whose they are: by room, by sender.

use std::collections::BTreeMap;

use crate::code::{Damaged, read, skip, small, write};
use crate::places::Places;

/// The numbers of a segment's messages by a key. A key stands for an id, and other ids may have the same: what is found by
/// it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<u32, Vec<usize>>);

/// Keys of some ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// In order.
    keys: Vec<u32>,
    /// A bit for each ending that one of them has: most others are told by it.
    endings: Vec<u64>,
}

impl FromIterator<u128> for Keys {
    fn from_iter<I: IntoIterator<Item = u128>>(ids: I) -> Self {
        let mut keys: Vec<_> = ids.into_iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut endings = vec![0; 1 << 10];
        for (word, bit) in keys.iter().map(|key| ending(*key)) {
            endings[word] |= bit;
        }
        Self { keys, endings }
    }
}

impl Keys {
    fn has(&self, key: u32) -> bool {
        let (word, bit) = ending(key);
        self.endings.get(word).is_some_and(|bits| bits & bit != 0) && self.keys.binary_search(&key).is_ok()
    }
}

/// The place of the bit for a key's last 16 bits: a word's, and its own.
fn ending(key: u32) -> (usize, u64) {
    let [_, _, a, b] = key.to_be_bytes();
    let ending = u16::from_be_bytes([a, b]);
    (usize::from(ending >> 6), 1 << (ending & 63))
}

/// The key of an id: its last bits, which are random in ids that are made, and a hash's in those that are derived.
fn key(id: u128) -> u32 {
    let [.., a, b, c, d] = id.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Groups {
    /// Adds a message of an id, whose number is greater than those before.
    pub fn push(&mut self, id: u128, number: usize) {
        self.0.entry(key(id)).or_default().push(number);
    }

    /// Writes them: keys as gaps, each with its numbers as gaps.
    pub fn write(&self) -> Vec<u8> {
        let (mut bytes, mut last) = (vec![], 0);
        for (key, numbers) in &self.0 {
            write(u64::from(key - last), &mut bytes);
            write(numbers.len() as u64, &mut bytes);
            let mut next = 0;
            for number in numbers {
                write((number - next) as u64, &mut bytes);
                next = *number;
            }
            last = *key;
        }
        bytes
    }

    /// Of what [`Groups::write`] wrote, the messages whose key is wanted.
    pub fn places(bytes: &[u8], wanted: &Keys) -> Result<Places, Damaged> {
        let (mut places, mut rest, mut key) = (Places::default(), bytes, 0_u32);
        let Some(last) = wanted.keys.last() else { return Ok(places) };
        while !rest.is_empty() {
            key = u32::try_from(read(&mut rest)?).ok().and_then(|gap| key.checked_add(gap)).ok_or(Damaged)?;
            if key > *last {
                break;
            }
            let (count, mut number) = (read(&mut rest)?, 0_u64);
            if !wanted.has(key) {
                skip(&mut rest, count)?;
                continue;
            }
            for _ in 0..count {
                number = number.saturating_add(read(&mut rest)?);
                places.insert(small(number)?);
            }
        }
        Ok(places)
    }
}
