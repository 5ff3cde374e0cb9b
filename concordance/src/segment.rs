//! Segments: messages in the order of their positions, numbered from 0.

use crate::code::{Damaged, read, write};

/// Most messages of a segment.
pub const MESSAGES: usize = 2_048;

/// A segment is full once the events that gave its messages their texts take so many bytes: a bound on the work of making
/// its buckets, that messages of usual length do not reach.
pub const WEIGHT: i64 = 1 << 20;

/// The positions of a segment's messages, ascending from `first`, as bytes.
pub fn write_positions(first: i64, positions: &[i64]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::with_capacity(positions.len() * 2), first);
    for position in positions {
        write(position.abs_diff(last), &mut bytes);
        last = *position;
    }
    bytes
}

/// The positions that [`write_positions`] wrote.
pub fn read_positions(first: i64, bytes: &[u8]) -> Result<Vec<i64>, Damaged> {
    let (mut positions, mut rest, mut last) = (vec![], bytes, first);
    while !rest.is_empty() {
        last = last.checked_add_unsigned(read(&mut rest)?).ok_or(Damaged)?;
        positions.push(last);
    }
    Ok(positions)
}
