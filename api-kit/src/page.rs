//! Lists in pages: `limit`, and opaque cursors to what comes before or after.

#[cfg(test)]
mod tests;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::json::Parsed;
use crate::query::{self, NoParameters};

/// Most items of a page.
pub const MOST_ITEMS: u16 = 200;

/// Items of a page unless the client says otherwise.
pub const ITEMS: u16 = 50;

/// First byte of a cursor's bytes: the version of its shape.
const CURSOR: u8 = 1;

/// Which page of a list is asked for, and the list's other parameters. `C` is what a cursor holds: the place of an
/// item in the list's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<C, T = NoParameters> {
    /// Most items to answer: 1 to 200.
    pub limit: u16,
    /// Where the page lies.
    pub at: At<C>,
    /// The other parameters.
    pub query: T,
}

/// Where a page lies in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At<C> {
    /// Where the list is read from: its first or its last items.
    Start,
    /// Right before this place.
    Before(C),
    /// Right after this place.
    After(C),
}

/// Which end of a list a client sees first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first items, as of a list of members.
    First,
    /// The last items, as of the messages of a room.
    Last,
}

/// A page's parameters, for OpenAPI.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation; `Page` reads them")]
pub struct PageParameters {
    /// Most items to answer: 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// A cursor: the items right before it. Not together with `after`.
    before: Option<String>,
    /// A cursor: the items right after it. Not together with `before`.
    after: Option<String>,
}

/// A page of a list, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Items<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor to what comes before; null if nothing does.
    pub before: Option<String>,
    /// The cursor to what comes after; null if nothing does yet.
    pub after: Option<String>,
}

impl<C, T> Page<C, T> {
    /// How many rows to fetch: one more than wanted tells whether there is more.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Whether rows are to be fetched in the reverse of the list's order.
    pub fn is_backward(&self, start: Start) -> bool {
        match self.at {
            At::Start => start == Start::Last,
            At::Before(_) => true,
            At::After(_) => false,
        }
    }

    /// The page that up to [`Page::fetch`] `rows` make, which were fetched away from where the page lies: in reverse
    /// of the list's order if [`Page::is_backward`]. `place` is an item's place in the list's order.
    pub fn cut<R>(&self, start: Start, mut rows: Vec<R>, place: impl Fn(&R) -> C) -> Items<R>
    where
        C: Serialize,
    {
        let limit = usize::from(self.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backward = self.is_backward(start);
        if backward {
            rows.reverse();
        }
        let came_from_cursor = !matches!(self.at, At::Start);
        let (has_before, has_after) = if backward { (more, came_from_cursor) } else { (came_from_cursor, more) };
        let before = rows.first().filter(|_| has_before).map(|row| cursor(&place(row)));
        let after = rows.last().filter(|_| has_after).map(|row| cursor(&place(row)));
        Items { items: rows, before, after }
    }
}

/// The cursor to `place`.
pub fn cursor<C: Serialize>(place: &C) -> String {
    let mut bytes = vec![CURSOR];
    bytes.extend(serde_json::to_vec(place).unwrap_or_default());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor holds.
fn place<C: DeserializeOwned>(name: &str, cursor: &str) -> Result<C, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let place = bytes.as_deref().and_then(|bytes| Parsed::new(bytes.strip_prefix(&[CURSOR])?).ok()?.read().ok());
    place.ok_or_else(|| Problem::InvalidQuery(format!("{name}: not a cursor of this list")))
}

impl<C: DeserializeOwned, T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Page<C, T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let limit = match query::parameter(parts, "limit")? {
            Some(text) => text.parse().ok().filter(|limit| (1..=MOST_ITEMS).contains(limit)),
            None => Some(ITEMS),
        };
        let limit = limit.ok_or_else(|| Problem::InvalidQuery("limit: must be an integer from 1 to 200".to_owned()))?;
        let at = match (query::parameter(parts, "before")?, query::parameter(parts, "after")?) {
            (Some(_), Some(_)) => return Err(Problem::InvalidQuery("before and after exclude each other".to_owned())),
            (Some(before), None) => At::Before(place("before", &before)?),
            (None, Some(after)) => At::After(place("after", &after)?),
            (None, None) => At::Start,
        };
        let query = query::read(query::pairs(parts)?, &["min_position", "limit", "before", "after"])?;
        Ok(Self { limit, at, query })
    }
}
