//! Numbers with a unit: `90s`, `16GiB`.

use std::time::Duration;

const OF_TIME: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const OF_SIZE: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// A hundred years: from any time of ours on it ends at a time that there is.
const LONGEST: Duration = Duration::from_hours(36_500 * 24);

/// Reads a duration: a whole number and `ms`, `s`, `min`, `h` or `d`.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    let milliseconds =
        quantity(text, &OF_TIME).ok_or("not a number with one of the units ms, s, min, h, d, such as 90s")?;
    let read = Duration::from_millis(milliseconds);
    if read > LONGEST { Err("must be 36500d at most") } else { Ok(read) }
}

/// The same, of what may not be over at once.
pub(super) fn lasting(text: &str) -> Result<Duration, &'static str> {
    duration(text).and_then(|read| if read.is_zero() { Err("must be more than 0") } else { Ok(read) })
}

/// Reads a size in bytes: a whole number and `KiB`, `MiB`, `GiB` or `TiB`.
pub(super) fn bytes(text: &str) -> Result<i64, &'static str> {
    let bytes = quantity(text, &OF_SIZE).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or("not a number with one of the units KiB, MiB, GiB, TiB, such as 4GiB")
}

/// The number in the smallest unit; none if it is no number, has another unit or is too large.
fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("15min"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("30d"), Ok(Duration::from_hours(30 * 24)));
        for wrong in ["", "90", "s", "-1s", "1.5h", "1 h", "99999999999999999999s", "1y", "36501d"] {
            assert!(duration(wrong).is_err() && lasting(wrong).is_err(), "{wrong}");
        }
        assert_eq!((duration("0s"), lasting("1ms")), (Ok(Duration::ZERO), Ok(Duration::from_millis(1))));
        assert!(lasting("0s").is_err());
    }

    #[test]
    fn a_size_is_a_number_with_a_unit() {
        assert_eq!(bytes("4GiB"), Ok(4 << 30));
        for wrong in ["4", "4GB", "9000000TiB", "-1MiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
