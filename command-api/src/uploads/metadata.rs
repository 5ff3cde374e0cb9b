//! `Upload-Metadata`: pairs of a key and a value in base64, separated by commas.

use api_kit::Problem;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::id::RoomId;

use super::protocol::METADATA;

/// Longest header that is taken, in bytes: it is sent back as it came.
const LONGEST: usize = 4 * 1024;

/// What a client says of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    /// As it came.
    pub(super) text: Option<String>,
    /// What the file is called.
    pub(super) filename: String,
    /// The secret room that it is for.
    pub(super) room: Option<RoomId>,
}

impl Metadata {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let malformed = || Problem::InvalidHeader {
            name: "Upload-Metadata",
            detail: "pairs of a key and a value in base64, separated by commas, 4 KiB at most; each key once",
        };
        let Some(value) = headers.get(METADATA) else { return Ok(Self::default()) };
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST).ok_or_else(malformed)?;
        let (mut keys, mut filename, mut room) = (vec![], String::new(), None);
        for pair in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if key.is_empty() || keys.contains(&key) {
                return Err(malformed());
            }
            keys.push(key);
            let value = STANDARD.decode(value.trim()).map_err(|_| malformed())?;
            if key == "filename" || key == "name" && filename.is_empty() {
                filename = String::from_utf8(value).map_err(|_| malformed())?;
            } else if key == "room" {
                let id = str::from_utf8(&value).ok().and_then(|id| id.parse().ok());
                room = Some(id.ok_or_else(malformed)?);
            }
        }
        Ok(Self { text: Some(text.to_owned()), filename, room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Metadata, Problem> {
        Metadata::of(&[(METADATA, text.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn pairs_are_read_and_kept_as_they_came() {
        let text = "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential,filetype YQ==";
        let metadata = of(text).unwrap();
        assert_eq!((metadata.filename.as_str(), metadata.text.as_deref()), ("world_domination_plan.pdf", Some(text)));
        assert_eq!(of("").unwrap().filename, "");
        assert_eq!(Metadata::of(&HeaderMap::new()).unwrap(), Metadata::default());
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for wrong in ["filename !", "a,a", "a YQ==,,b", "filename /w==", &"a".repeat(5000)] {
            assert_eq!(of(wrong).unwrap_err().slug(), "invalid-header", "{wrong}");
        }
    }
}
