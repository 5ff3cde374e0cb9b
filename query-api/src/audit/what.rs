//! What an auditor looked at, as it is put on record: in clear and for good, so that no word of anybody's may stand there.
//!
//! Of an address the record has the route and the ids in it; of what was asked besides, the names, with ids, numbers, times and
//! the words that we gave ourselves. In the place of all else stands a mark: `/v1/users?q=*&limit=50`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use domain::admins::Admins;
use domain::holds::Holds;
use domain::streams::STREAMS;
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Stands in the place of what is left out.
const MARK: &str = "*";

/// What a request looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct What(pub(crate) String);

/// What a parameter may say on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Id,
    Number,
    /// A position or a time; cursors of pages are neither, as they may hold a name.
    Place,
    Flag,
    Stream,
    EventType,
    /// Only that it was there.
    Nothing,
}

impl<S: Send + Sync> FromRequestParts<S> for What {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl What {
    pub(super) fn of(parts: &Parts) -> Self {
        let route = parts.extensions.get::<MatchedPath>();
        let path = route.map_or_else(|| MARK.to_owned(), |route| path(route.as_str(), parts.uri.path()));
        let query = parts.uri.query().map(|query| query.split('&').map(pair).collect::<Vec<_>>().join("&"));
        Self(query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")))
    }
}

/// A path, whose route is known.
fn path(route: &str, path: &str) -> String {
    let mut given = path.split('/');
    let parts = route.split('/').map(|part| {
        let given = given.next().unwrap_or_default();
        match (part.starts_with('{'), is_id(given)) {
            (false, _) => part,
            (true, true) => given,
            (true, false) => MARK,
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn pair(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let value = percent_decode_str(value).decode_utf8_lossy();
    // A name that nobody gave may be anybody's.
    let name = form(name).map_or(MARK, |_| name);
    format!("{name}={}", on_record(name, &value))
}

/// What the record has of a parameter's value, such as that of a filter.
pub fn on_record(name: &str, value: &str) -> String {
    let is_told = match form(name).unwrap_or(Form::Nothing) {
        Form::Id => is_id(value),
        Form::Number => is_number(value),
        Form::Place => is_number(value) || OffsetDateTime::parse(value, &Rfc3339).is_ok(),
        Form::Flag => value.parse::<bool>().is_ok(),
        Form::EventType => STREAMS.iter().any(|(_, types)| types.contains(&value)),
        Form::Stream => return stream(value),
        Form::Nothing => false,
    };
    if is_told { value } else { MARK }.to_owned()
}

/// The name of a stream; of one whose id is no id, such as the code of an invite, its kind.
fn stream(name: &str) -> String {
    let Some((kind, id)) = name.split_once('-') else { return MARK.to_owned() };
    if !STREAMS.iter().any(|(known, _)| *known == kind) {
        return MARK.to_owned();
    }
    let is_told = [Admins::STREAM, Holds::STREAM].contains(&id) || id.split(':').all(is_id);
    format!("{kind}-{}", if is_told { id } else { MARK })
}

fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().to_string() == text)
}

fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

/// What each parameter of a query may say.
fn form(name: &str) -> Option<Form> {
    Some(match name {
        "actor" | "around" | "member" | "room" | "sender" => Form::Id,
        "epoch" | "limit" | "min_position" | "position" | "since" | "size" => Form::Number,
        "after" | "as_of" | "before" | "from" | "to" | "until" => Form::Place,
        "inline" | "open" | "pinned" | "preview" => Form::Flag,
        "stream" => Form::Stream,
        "type" => Form::EventType,
        "q" | "token" => Form::Nothing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
