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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{ask, empty, within_edge};
    use axum::Router;
    use axum::http::Request;
    use axum::routing::patch;
    use proptest::prelude::*;

    /// What a command to a thing of version 12 gets.
    async fn asked(if_match: &[&str]) -> (u16, String) {
        let router = within_edge(Router::new().route("/", patch(async |if_match: IfMatch| if_match.check(12))));
        let request = if_match.iter().fold(Request::patch("/"), |request, value| request.header("if-match", *value));
        let answered = ask(&router, empty(request)).await;
        let slug = if answered.status == 200 { String::new() } else { answered.problem().1 };
        (answered.status, slug)
    }

    #[tokio::test]
    async fn the_present_version_passes() {
        for lines in
            [&[][..], &["*"], &["\"v12\""], &["\"v11\", \"v12\""], &["\"v11\"", "\"v12\""], &[" \"x,y\" ,\"v12\""]]
        {
            assert_eq!(asked(lines).await.0, 200, "{lines:?}");
        }
    }

    #[tokio::test]
    async fn any_other_is_a_mismatch() {
        for lines in [&["\"v11\""][..], &["W/\"v12\""], &["\"12\""], &["\"v012\""], &["\"v+12\""], &["\"\""]] {
            assert_eq!(asked(lines).await, (412, "version-mismatch".to_owned()), "{lines:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_tag_is_refused() {
        for lines in [
            &[""][..],
            &["v12"],
            &["\"v12"],
            &["\"v12\",\"v13"],
            &["\"v12\" \"v13\""],
            &["*, \"v12\""],
            &["\"v12\","],
            &["é"],
        ] {
            assert_eq!(asked(lines).await, (400, "invalid-header".to_owned()), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn what_an_answer_says_a_command_may_say(version in 0..i64::MAX, others in prop::collection::vec(0..i64::MAX, 0..3)) {
            let tags: Vec<_> = others.iter().chain([&version]).map(|version| format!("\"v{version}\"")).collect();
            prop_assert!(IfMatch::parse(&tags.join(", ")).unwrap().check(version).is_ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[vW/*\", 0-9]{0,20}") {
            let _ = IfMatch::parse(&text);
        }
    }
}
