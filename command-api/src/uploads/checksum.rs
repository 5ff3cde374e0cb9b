//! `Upload-Checksum`: the digest of a part, by which it is proven.

use api_kit::Problem;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blob_store::Hash;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::protocol::CHECKSUM;

/// Those that are spoken; tus asks for the first.
pub(super) const ALGORITHMS: &str = "sha1,sha256";

/// What a part must come to.
#[derive(Debug)]
pub(super) struct Checksum {
    pub(super) hash: Hash,
    expected: Vec<u8>,
}

impl Checksum {
    /// Nothing, if the client says nothing. An algorithm that is not spoken is refused (400), as tus asks.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let malformed =
            || Problem::InvalidHeader { name: "Upload-Checksum", detail: "sha1 or sha256, a space, and base64" };
        let Some(value) = headers.get(CHECKSUM) else { return Ok(Self { hash: Hash::None, expected: vec![] }) };
        let (algorithm, text) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
        let hash = match algorithm {
            "sha1" => Hash::Sha1(Sha1::new()),
            "sha256" => Hash::Sha256(Sha256::new()),
            _ => return Err(malformed()),
        };
        let expected = STANDARD.decode(text.trim()).map_err(|_| malformed())?;
        Ok(Self { hash, expected })
    }

    /// Whether the client says what the part must come to.
    pub(super) fn is_asked(&self) -> bool {
        !matches!(self.hash, Hash::None)
    }

    /// Whether the part came to it.
    pub(super) fn proves(&self, digest: &[u8]) -> bool {
        self.expected == digest
    }
}
