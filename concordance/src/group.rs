//! Messages of a segment by whose they are: by room, by sender.

use std::collections::BTreeMap;

use crate::code::{Damaged, read, skip, small, write};
use crate::places::Places;

/// The numbers of a segment's messages by a key. A key stands for an id, and other ids may have the same: what is found by
/// it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<u32, Vec<usize>>);

/// Keys of some ids, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<u32>);

impl FromIterator<u128> for Keys {
    fn from_iter<I: IntoIterator<Item = u128>>(ids: I) -> Self {
        let mut keys: Vec<_> = ids.into_iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        Self(keys)
    }
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

    /// Of what [`Groups::write`] wrote, the messages whose key is wanted. Both are in order, so that they are gone through
    /// side by side, up to the last that is wanted.
    pub fn places(bytes: &[u8], wanted: &Keys) -> Result<Places, Damaged> {
        let (mut places, mut rest, mut key) = (Places::default(), bytes, 0_u64);
        let mut wanted = wanted.0.iter().map(|key| u64::from(*key)).peekable();
        while !rest.is_empty() {
            key = key.saturating_add(read(&mut rest)?);
            while wanted.next_if(|wanted| *wanted < key).is_some() {}
            let Some(next) = wanted.peek() else { break };
            let (count, mut number) = (read(&mut rest)?, 0_u64);
            if *next != key {
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
