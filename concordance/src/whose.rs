//! Whose a segment's messages are: of which room, by which sender.

use crate::code::Damaged;
use crate::places::Places;

/// Bytes of a key.
const KEY: usize = size_of::<u32>();

/// Of each message of a segment, in the order of their numbers, the key of an id. A key stands for an id, and other ids may have
/// the same: what is found by it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose(Vec<u32>);

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

impl Whose {
    /// Adds the next message.
    pub fn push(&mut self, id: u128) {
        self.0.push(key(id));
    }

    /// Writes them: four bytes a message, so that whose one is can be told without the others.
    pub fn write(&self) -> Vec<u8> {
        self.0.iter().flat_map(|key| key.to_be_bytes()).collect()
    }

    /// Of what [`Whose::write`] wrote: keeps the messages whose key is wanted.
    pub fn keep(bytes: &[u8], places: &mut Places, wanted: &Keys) -> Result<(), Damaged> {
        let (keys, []) = bytes.as_chunks::<KEY>() else { return Err(Damaged) };
        let mut kept = Places::default();
        for number in places.iter() {
            if wanted.has(u32::from_be_bytes(*keys.get(number).ok_or(Damaged)?)) {
                kept.insert(number);
            }
        }
        *places = kept;
        Ok(())
    }
}
