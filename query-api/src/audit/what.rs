//! What an auditor looked at, as it is put on record: in clear and for good, so that no word of anybody's may stand there.
//!
//! Of an address the record has the route and the ids in it; of what was asked besides, the names, with ids, numbers, times and
//! the words that we gave ourselves. In the place of all else stands a mark: `/v1/users?q=*&limit=50`.
//!
//! All of it is told as the server understands it and in one form, however the address was written: an id whose digits came
//! percent-encoded is found by who looks for it.

use std::borrow::Cow;
use std::convert::Infallible;

use api_kit::query::given;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use domain::admins::Admins;
use domain::holds::Holds;
use domain::streams::STREAMS;
use percent_encoding::percent_decode_str;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
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
        let query = parts.uri.query().map(|_| given(parts).map(pair).collect::<Vec<_>>().join("&"));
        Self(query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")))
    }
}

/// A path, whose route is known. Parts are decoded one by one, as handlers get them.
fn path(route: &str, path: &str) -> String {
    let mut given = path.split('/');
    let parts = route.split('/').map(|part| {
        let given = percent_decode_str(given.next().unwrap_or_default()).decode_utf8_lossy();
        match (part.starts_with('{'), is_id(&given)) {
            (false, _) => Cow::Borrowed(part),
            (true, true) => given,
            (true, false) => Cow::Borrowed(MARK),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn pair((name, value): (Cow<'_, str>, Cow<'_, str>)) -> String {
    // A name that nobody gave may be anybody's.
    let told = form(&name).map_or(MARK, |_| &*name);
    format!("{told}={}", on_record(&name, &value))
}

/// What the record has of a parameter's value, such as that of a filter: numbers in digits alone, times in UTC.
pub fn on_record(name: &str, value: &str) -> String {
    let told = match form(name).unwrap_or(Form::Nothing) {
        Form::Id => is_id(value).then(|| value.to_owned()),
        Form::Number => number(value),
        Form::Place => number(value).or_else(|| moment(value)),
        Form::Flag => value.parse::<bool>().ok().map(|flag| flag.to_string()),
        Form::EventType => STREAMS.iter().any(|(_, types)| types.contains(&value)).then(|| value.to_owned()),
        Form::Stream => Some(stream(value)),
        Form::Nothing => None,
    };
    told.unwrap_or_else(|| MARK.to_owned())
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

/// Whether it is an id in the one form in which paths and queries take it.
fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().to_string() == text)
}

fn number(text: &str) -> Option<String> {
    text.parse::<i64>().ok().map(|number| number.to_string())
}

fn moment(text: &str) -> Option<String> {
    OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?.format(&Rfc3339).ok()
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
