//! Versions of things: `ETag` in answers, `If-Match` in commands.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponseParts, ResponseParts};

use crate::Problem;

/// The version of a thing, answered as `ETag: "v<version>"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Etag(pub i64);

impl IntoResponseParts for Etag {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Ok(value) = HeaderValue::try_from(format!("\"v{}\"", self.0)) {
            response.headers_mut().insert(ETAG, value);
        }
        Ok(response)
    }
}

/// Which versions a command may meet, as `If-Match` says. Malformed: 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whichever: there was no header, or `*`.
    Any,
    /// One of these. Weak tags and those of others match nothing and are not among them.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Refuses (412) unless `current` is among them.
    pub fn check(&self, current: i64) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(Problem::VersionMismatch { current }),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut versions = vec![];
        let mut rest = text.trim();
        loop {
            let strong = rest.strip_prefix("W/");
            let (tag, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
            if strong.is_none() {
                versions.extend(version(tag));
            }
            rest = after.trim_start();
            if rest.is_empty() {
                return Some(Self::Versions(versions));
            }
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
}

/// The version in a tag as [`Etag`] writes it; none if it is written in another way.
fn version(tag: &str) -> Option<i64> {
    let version: i64 = tag.strip_prefix('v')?.parse().ok()?;
    (format!("v{version}") == tag).then_some(version)
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let lines = parts.headers.get_all(IF_MATCH).iter();
        let Some(lines) = lines.map(|line| line.to_str().ok()).collect::<Option<Vec<_>>>() else {
            return Err(malformed());
        };
        if lines.is_empty() { Ok(Self::Any) } else { Self::parse(&lines.join(",")).ok_or_else(malformed) }
    }
}

fn malformed() -> Problem {
    Problem::InvalidHeader { name: "If-Match", detail: "must be * or entity tags such as \"v12\"" }
}
