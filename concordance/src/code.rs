//! Numbers as bytes: seven bits each, the last byte below 128.

/// Bytes that nothing here has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a segment's bytes are not what was written")]
pub struct Damaged;

/// Most bytes of a number.
const LONGEST: usize = 10;

pub(crate) fn write(number: u64, bytes: &mut Vec<u8>) {
    let mut rest = number;
    while rest >= 128 {
        bytes.push(rest.to_le_bytes()[0] | 128);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
}

/// Reads a number and moves past it.
#[inline]
pub(crate) fn read(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    // Most are of one byte.
    if let Some((first, rest)) = bytes.split_first().filter(|(first, _)| **first < 128) {
        *bytes = rest;
        return Ok(u64::from(*first));
    }
    read_long(bytes)
}

fn read_long(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().take(LONGEST).enumerate() {
        number |= u64::from(byte & 127) << (7 * place);
        if *byte < 128 {
            *bytes = &bytes[place + 1..];
            return Ok(number);
        }
    }
    Err(Damaged)
}

/// Takes so many bytes and moves past them.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], Damaged> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Damaged)?;
    *bytes = rest;
    Ok(taken)
}

/// A number that must fit.
pub(crate) fn small(number: u64) -> Result<usize, Damaged> {
    usize::try_from(number).map_err(|_| Damaged)
}
