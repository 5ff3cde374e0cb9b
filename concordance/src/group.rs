//! Messages of a segment by whose they are: by room, by sender.

use std::collections::BTreeMap;

use crate::code::{Damaged, read, write};
use crate::places::Places;

/// The numbers of a segment's messages by a key. A key stands for an id, and other ids may have the same: what is found by
/// it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<u32, Vec<usize>>);

/// The key of an id: its last bits, which are random in ids that are made, and a hash's in those that are derived.
pub fn key(id: u128) -> u32 {
    let [.., a, b, c, d] = id.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Groups {
    /// Adds a message, whose number is greater than those before.
    pub fn push(&mut self, key: u32, number: usize) {
        self.0.entry(key).or_default().push(number);
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

    /// Of what [`Groups::write`] wrote, the messages whose key is `wanted`.
    pub fn places(bytes: &[u8], wanted: impl Fn(u32) -> bool) -> Result<Places, Damaged> {
        let (mut places, mut rest, mut key) = (Places::default(), bytes, 0_u64);
        while !rest.is_empty() {
            key = key.saturating_add(read(&mut rest)?);
            let is_wanted = wanted(u32::try_from(key).map_err(|_| Damaged)?);
            let (count, mut number) = (read(&mut rest)?, 0_u64);
            for _ in 0..count {
                number = number.saturating_add(read(&mut rest)?);
                if is_wanted {
                    places.insert(usize::try_from(number).map_err(|_| Damaged)?);
                }
            }
        }
        Ok(places)
    }
}
