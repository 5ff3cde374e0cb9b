//! What stands behind the question mark.

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
        Ok(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
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
