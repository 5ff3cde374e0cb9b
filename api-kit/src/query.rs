//! What stands behind the question mark.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Problem;

/// Parameters of the query. One that is unknown, given twice or malformed: 400. `min_position` is left to
/// [`crate::MinPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// No parameters but those that are read elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NoParameters {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(pairs(parts)?, &["min_position"]).map(Self)
    }
}

/// The parameters of a request, decoded as [`Query`] decodes them, also where it refuses them: what is no UTF-8 is replaced.
pub fn given(parts: &Parts) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
}

/// The value of one parameter.
pub(crate) fn parameter(parts: &Parts, name: &str) -> Result<Option<String>, Problem> {
    let mut found = pairs(parts)?.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Problem::InvalidQuery(format!("{name}: given twice"))),
        (found, None) => Ok(found),
    }
}

/// All parameters, decoded.
pub(crate) fn pairs(parts: &Parts) -> Result<Vec<(String, String)>, Problem> {
    let text = parts.uri.query().unwrap_or_default();
    // Decoding a form replaces what is no UTF-8; an unknown name or search term must not come out of that.
    let decoded = percent_decode_str(text).decode_utf8();
    if decoded.is_ok_and(|decoded| !decoded.contains('\0')) {
        Ok(given(parts).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    } else {
        Err(Problem::InvalidQuery("the query is not UTF-8, or contains U+0000".to_owned()))
    }
}

/// `T` from all pairs but those `elsewhere`.
pub(crate) fn read<T: DeserializeOwned>(pairs: Vec<(String, String)>, elsewhere: &[&str]) -> Result<T, Problem> {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(pairs.into_iter().filter(|(key, _)| !elsewhere.contains(&key.as_str())));
    let text = text.finish();
    let mut unknown = None;
    let mut note = |path: serde_ignored::Path<'_>| unknown = Some(path.to_string());
    let form = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    let read = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(form, &mut note));
    match (read, unknown) {
        (Ok(value), None) => Ok(value),
        (Ok(_), Some(name)) => Err(Problem::InvalidQuery(format!("{name}: no such parameter"))),
        (Err(error), _) => Err(Problem::InvalidQuery(error.to_string().replace('`', ""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{ask, empty, within_edge};
    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;

    #[derive(Debug, Deserialize)]
    struct Search {
        q: String,
        pinned: Option<bool>,
        size: Option<u32>,
    }

    async fn asked(query: &str) -> (u16, String) {
        let search = async |Query(Search { q, pinned, size }): Query<Search>| format!("{q} {pinned:?} {size:?}");
        let router = within_edge(Router::new().route("/", get(search)));
        let answered = ask(&router, empty(Request::get(format!("/?{query}")))).await;
        let text = if answered.status == 200 {
            answered.text
        } else {
            assert_eq!(answered.problem().1, "invalid-query");
            answered.json()["detail"].as_str().unwrap().to_owned()
        };
        (answered.status, text)
    }

    #[tokio::test]
    async fn parameters_are_read_as_what_they_are() {
        assert_eq!(asked("q=a%20b+%C3%A9&pinned=true&size=3").await, (200, "a b é Some(true) Some(3)".to_owned()));
        assert_eq!(asked("q=x&min_position=7").await, (200, "x None None".to_owned()));
        assert_eq!(asked("q=%EF%BF%BD").await, (200, "\u{fffd} None None".to_owned()));
    }

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        for (query, detail) in [
            ("", "missing field q"),
            ("q=x&colour=red", "colour: no such parameter"),
            ("q=x&q=y", "duplicate field q"),
            ("q=x&size=-1", "size: invalid digit found in string"),
            ("q=x&pinned=yes", "pinned: provided string was not true or false"),
            ("q=%ff", "the query is not UTF-8, or contains U+0000"),
            ("q=%00", "the query is not UTF-8, or contains U+0000"),
        ] {
            assert_eq!(asked(query).await, (400, detail.to_owned()), "{query}");
        }
    }
}
