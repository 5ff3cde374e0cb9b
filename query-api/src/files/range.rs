//! Which part of a file is asked for: RFC 9110, section 14.

use std::ops::Range;

use api_kit::Problem;
use axum::http::HeaderMap;
use axum::http::header::{HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};

/// The part that is to be sent of `size` bytes whose entity tag is `etag`: none is the whole.
///
/// One range is served; of several, or what is no range of bytes, the header is ignored, as the RFC has it. So it is if
/// `If-Range` names other bytes.
pub(super) fn wanted(headers: &HeaderMap, size: u64, etag: &str) -> Result<Option<Range<u64>>, Problem> {
    let same = text(headers, &IF_RANGE).is_none_or(|tag| tag == etag);
    let Some(range) = text(headers, &RANGE).filter(|_| same).and_then(parse) else { return Ok(None) };
    let range = match range {
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, Some(suffix)) => size.saturating_sub(suffix)..size,
        (None, None) => return Ok(None),
    };
    if range.is_empty() { Err(Problem::NoSuchRange { size }) } else { Ok(Some(range)) }
}

/// Whether the client has these bytes already. Compared weakly.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default().trim())
}

/// First and last byte of `bytes=first-last`, where either may be missing; a missing first makes of the last how many.
fn parse(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, set) = range.split_once('=')?;
    let (first, last) = set.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    let (first, last) = (number(first)?, number(last)?);
    let is_backwards = matches!((first, last), (Some(first), Some(last)) if last < first);
    (!is_backwards).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn of(range: &str) -> Option<Range<u64>> {
        wanted(&headers(&[(RANGE, range)]), 10, "\"e\"").unwrap()
    }

    #[test]
    fn one_range_is_served() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-", 2..10),
            ("bytes=2-99", 2..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("BYTES = 1-2", 1..3),
            ("bytes=1-99999999999999999999999", 1..10),
        ] {
            assert_eq!(of(range), Some(part), "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for range in ["bytes=0-1,3-4", "lines=1-2", "bytes=x-2", "bytes=5-2", "bytes=-", "bytes", "bytes=1"] {
            assert_eq!(of(range), None, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10, "\"e\"").unwrap(), None);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for (range, size) in
            [("bytes=10-", 10), ("bytes=10-11", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)]
        {
            let refused = wanted(&headers(&[(RANGE, range)]), size, "\"e\"");
            assert_eq!(refused.unwrap_err().slug(), "no-such-range", "{range} of {size}");
        }
    }

    #[test]
    fn a_range_of_other_bytes_is_the_whole() {
        let range = |tag| wanted(&headers(&[(RANGE, "bytes=1-2"), (IF_RANGE, tag)]), 10, "\"e\"").unwrap();
        assert_eq!(range("\"e\""), Some(1..3));
        for tag in ["\"other\"", "W/\"e\"", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(range(tag), None, "{tag}");
        }
    }

    #[test]
    fn what_is_known_is_found_among_several() {
        let known = |tags| is_known(&headers(&[(IF_NONE_MATCH, tags)]), "\"e\"");
        assert!(known("\"e\"") && known("\"a\", W/\"e\"") && known("*"));
        assert!(!known("\"a\"") && !is_known(&HeaderMap::new(), "\"e\""));
    }
}
