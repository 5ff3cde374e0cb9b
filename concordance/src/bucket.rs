//! Buckets: a segment's grams, dealt out so that a row holds several and each is found in one row.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::code::{Damaged, read, small, take, write};
use crate::gram::{Packed, each};
use crate::places::Places;
use crate::segment::MESSAGES;

/// How many buckets a segment has: with 2,048 messages of chat, a row of some hundred bytes each.
pub const COUNT: u32 = 512;

/// The bucket in which a gram lies: FNV-1a of its bytes.
pub fn of(gram: &str) -> u32 {
    gram.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % COUNT
}

/// The messages that have a gram, by a bucket's bytes.
pub fn find(bytes: &[u8], gram: &str) -> Result<Option<Places>, Damaged> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (name, mut places) = entry(&mut rest)?;
        if name == gram.as_bytes() {
            return Places::read(&mut places).map(Some);
        }
    }
    Ok(None)
}

/// A bucket in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket(BTreeMap<String, Places>);

impl Bucket {
    /// Reads what [`Bucket::write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Damaged> {
        let (mut grams, mut rest) = (BTreeMap::new(), bytes);
        while !rest.is_empty() {
            let (name, mut places) = entry(&mut rest)?;
            let gram = str::from_utf8(name).map_err(|_| Damaged)?;
            grams.insert(gram.to_owned(), Places::read(&mut places)?);
        }
        Ok(Self(grams))
    }

    /// A message has a gram from now on, or no longer.
    pub fn set(&mut self, gram: &str, number: usize, has: bool) {
        if has {
            self.0.entry(gram.to_owned()).or_default().insert(number);
        } else if let Some(places) = self.0.get_mut(gram) {
            places.remove(number);
            if places.is_empty() {
                self.0.remove(gram);
            }
        }
    }

    /// Whether no message has any of its grams.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same grams and messages give the same bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = vec![];
        for (gram, places) in &self.0 {
            write_entry(gram, |written| places.write(written), &mut bytes);
        }
        bytes
    }
}

/// The buckets of a segment's folded texts, in the order of their numbers, as [`Bucket::write`] would write them. Those
/// without a gram are left out.
#[derive(Debug, Default)]
pub struct Filling(HashMap<Packed, Vec<u16>, RandomState>);

impl Filling {
    /// Adds the text of a message, whose number is greater than those before.
    pub fn push(&mut self, number: usize, folded: &str) {
        let Some(number) = held(number) else { return };
        each(folded, |_, gram| {
            let numbers = self.0.entry(gram).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        });
    }

    /// The text of a message was `before` and is `after` from now on.
    pub fn reword(&mut self, number: usize, before: &str, after: &str) {
        let Some(number) = held(number) else { return };
        each(before, |_, gram| {
            if let Some(numbers) = self.0.get_mut(&gram) {
                numbers.retain(|other| *other != number);
            }
        });
        each(after, |_, gram| {
            let numbers = self.0.entry(gram).or_default();
            if let Err(place) = numbers.binary_search(&number) {
                numbers.insert(place, number);
            }
        });
    }

    /// The buckets with a gram, each with its bytes.
    pub fn write(self) -> Vec<(u32, Vec<u8>)> {
        let had = self.0.into_iter().filter(|(_, numbers)| !numbers.is_empty());
        let mut text = [0; Packed::LONGEST];
        let mut dealt: Vec<_> = had.map(|(gram, numbers)| (of(gram.text(&mut text)), gram, numbers)).collect();
        dealt.sort_unstable_by_key(|(bucket, gram, _)| (*bucket, *gram));
        let mut buckets = Vec::<(u32, Vec<u8>)>::new();
        for (bucket, gram, numbers) in dealt {
            if buckets.last().is_none_or(|(last, _)| *last != bucket) {
                buckets.push((bucket, vec![]));
            }
            if let Some((_, bytes)) = buckets.last_mut() {
                write_entry(gram.text(&mut text), |written| Places::write_ascending(&numbers, written), bytes);
            }
        }
        buckets
    }
}

/// The number of a message, unless it is one that no segment holds: of that there is nothing to write.
fn held(number: usize) -> Option<u16> {
    u16::try_from(number).ok().filter(|_| number < MESSAGES)
}

fn write_entry(gram: &str, places: impl FnOnce(&mut Vec<u8>), bytes: &mut Vec<u8>) {
    write(gram.len() as u64, bytes);
    bytes.extend(gram.as_bytes());
    let mut written = vec![];
    places(&mut written);
    write(written.len() as u64, bytes);
    bytes.extend(written);
}

/// A gram and the bytes of its places; moves past them.
fn entry<'a>(bytes: &mut &'a [u8]) -> Result<(&'a [u8], &'a [u8]), Damaged> {
    let length = small(read(bytes)?)?;
    let name = take(bytes, length)?;
    let length = small(read(bytes)?)?;
    Ok((name, take(bytes, length)?))
}
