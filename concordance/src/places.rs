//! Which messages of a segment.

use crate::code::{Damaged, read, small, take, write};
use crate::segment::MESSAGES;

const WORDS: usize = MESSAGES / 64;

/// More than so many are written as a bit for each message of the segment.
const MANY: usize = 1_024;

/// A set of numbers of messages in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Box<[u64; WORDS]>);

impl Default for Places {
    fn default() -> Self {
        Self(Box::new([0; WORDS]))
    }
}

impl Places {
    /// The numbers below `count`.
    pub fn below(count: usize) -> Self {
        (0..count.min(MESSAGES)).collect()
    }

    /// Adds a number; one that no segment has is left out.
    pub fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    /// Keeps what is in the other too.
    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word &= other);
    }

    /// Adds what is in the other.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word |= other);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    index * 64 + bit
                })
            })
        })
    }

    /// Writes them: how many, then the gaps between them, or a bit for each message.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let count = self.count();
        if count > MANY {
            write(count as u64, bytes);
            bytes.extend(self.0.iter().flat_map(|word| word.to_le_bytes()));
        } else {
            write_gaps(count, self.iter(), bytes);
        }
    }

    /// Writes numbers that ascend, as [`Places::write`] would write the set of them.
    pub(crate) fn write_ascending(numbers: &[u16], bytes: &mut Vec<u8>) {
        let each = numbers.iter().copied().map(usize::from);
        if numbers.len() > MANY {
            each.collect::<Self>().write(bytes);
        } else {
            write_gaps(numbers.len(), each, bytes);
        }
    }

    /// Reads what [`Places::write`] wrote, and moves past it.
    pub fn read(bytes: &mut &[u8]) -> Result<Self, Damaged> {
        let count = small(read(bytes)?)?;
        let mut places = Self::default();
        if count > MANY {
            let bits = take(bytes, WORDS * 8)?;
            for (word, bits) in places.0.iter_mut().zip(bits.chunks_exact(8)) {
                *word = u64::from_le_bytes(bits.try_into().map_err(|_| Damaged)?);
            }
            return Ok(places);
        }
        let mut next = 0;
        for _ in 0..count {
            let number = next + small(read(bytes)?)?;
            if number >= MESSAGES {
                return Err(Damaged);
            }
            places.insert(number);
            next = number + 1;
        }
        Ok(places)
    }
}

fn write_gaps(count: usize, ascending: impl Iterator<Item = usize>, bytes: &mut Vec<u8>) {
    write(count as u64, bytes);
    let mut next = 0;
    for number in ascending {
        write((number - next) as u64, bytes);
        next = number + 1;
    }
}

impl FromIterator<usize> for Places {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut places = Self::default();
        numbers.into_iter().for_each(|number| places.insert(number));
        places
    }
}
