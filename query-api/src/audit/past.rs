//! Rooms as they were, for auditors: replayed from their events by the projections that fill the read models.

pub(crate) mod get_room;
pub(crate) mod list_members;
pub(crate) mod list_messages;

use std::collections::HashSet;
use std::pin::Pin;

use api_kit::shape::Role;
use api_kit::{Path, Problem, Timestamp};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::id::{RoomId, UserId};
use event_store::{KeyError, Reader, Recorded};
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::access::{audited, record};
use super::pages::{COLUMNS, page};
use super::what::What;
use super::{Filter, Span};
use crate::Queries;
use crate::asker::Asker;
use crate::place::{Place, RoomRow};

/// Events read at once.
const PAGE: i64 = 2000;

/// How the projections see some events.
pub trait Replay: Send + Sync {
    /// What they make of `events`, which are in the order of their positions.
    fn replay(&self, events: Vec<Recorded>) -> Replaying<'_>;
}

/// A past on its way.
pub type Replaying<'a> = Pin<Box<dyn Future<Output = Result<Replayed, KeyError>> + Send + 'a>>;

/// Rows as JSON objects, with the names of the read models' columns, in no order.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Rooms.
    pub rooms: Vec<Value>,
    /// Memberships.
    pub members: Vec<Value>,
    /// Messages and notices.
    pub messages: Vec<Value>,
}

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AsOf {
    Position(i64),
    Time(OffsetDateTime),
}

/// An auditor's asking for a room's past.
pub(crate) struct Visit {
    queries: Queries,
    asker: Asker,
    /// As it is put on record.
    what: String,
    room: RoomId,
    headers: HeaderMap,
}

impl FromRequestParts<Queries> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, queries: &Queries) -> Result<Self, Problem> {
        let asker = Asker::from_request_parts(parts, queries).await?;
        let What(what) = What::of(parts);
        let Path(room) = Path::from_request_parts(parts, queries).await?;
        Ok(Self { queries: queries.clone(), asker, what, room, headers: parts.headers.clone() })
    }
}

/// A room as it was at a position.
struct Then {
    position: i64,
    room: RoomThen,
    members: Vec<Value>,
    messages: Vec<Value>,
}

/// What a room's row told.
#[derive(Deserialize)]
struct RoomThen {
    r#type: String,
    visibility: String,
    name: Option<String>,
    topic: Option<String>,
    permissions: Vec<String>,
    roles: Vec<Role>,
    created_by: Option<Uuid>,
    owner: Option<Uuid>,
    created_at: Timestamp,
    archived: bool,
    closed: bool,
    retain_days: Option<i64>,
    version: i64,
    member_count: i64,
    message_count: i64,
}

/// What a membership's row told.
#[derive(Deserialize)]
struct MemberThen {
    user_id: Uuid,
    present: bool,
    roles: Vec<Uuid>,
    joined_at: Timestamp,
    joined_position: i64,
    version: i64,
    display_name: Option<String>,
    /// Suspended, or erased.
    shut_out: bool,
}

impl AsOf {
    fn parse(text: &str) -> Result<Self, Problem> {
        let position = text.parse().ok().filter(|position| *position >= 0).map(Self::Position);
        let wrong =
            || Problem::InvalidQuery("as_of: must be a position, or a time as in 2026-03-01T00:00:00Z".to_owned());
        // In UTC it may be of a year that there is not.
        let time = || OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC).map(Self::Time);
        position.or_else(time).ok_or_else(wrong)
    }

    /// The position that it means in a log that ends at `end`.
    async fn position(this: Option<Self>, pool: &PgPool, end: i64) -> Result<i64, sqlx::Error> {
        match this {
            None => Ok(end),
            Some(Self::Position(position)) => Ok(position),
            Some(Self::Time(time)) => Ok(Filter { to: Some(time), ..Filter::default() }.span(pool, end).await?.until),
        }
    }
}

impl Visit {
    /// The room as it was; that the auditor asks for it is on record first. Not found of one that was not there.
    async fn then(&self, as_of: Result<Option<AsOf>, Problem>) -> Result<Then, Problem> {
        let Self { queries, asker, what, room, headers } = self;
        let reason = audited(queries, asker, headers).await?;
        let (as_of, reader) = (as_of?, Reader::new(queries.pool.clone()));
        if let Some(AsOf::Position(position)) = as_of
            && position > reader.head().await?.position
        {
            return Err(Problem::PositionUnknown);
        }
        let end = record(queries, asker, &reason, what).await? - 1;
        let position = AsOf::position(as_of, &queries.pool, end).await?;
        let mut asking = queries.asking_again(asker);
        asking.must_see(position);
        drop(asking.view(None).await?);
        let events = happened(&queries.pool, *room, position).await?;
        let replay = queries.replay.as_ref().ok_or_else(|| Problem::unavailable("nobody replays what was"))?;
        let Replayed { mut rooms, members, messages } = replay.replay(events).await?;
        let room = rooms.pop().ok_or(Problem::NotFound)?;
        let room = serde_json::from_value(room).map_err(Problem::internal)?;
        Ok(Then { position, room, members, messages })
    }
}

impl Then {
    /// Who was in it.
    fn members(&self) -> Result<Vec<MemberThen>, Problem> {
        let members = self.members.iter().map(MemberThen::deserialize).collect::<Result<Vec<_>, _>>();
        Ok(members.map_err(Problem::internal)?.into_iter().filter(|member| member.present).collect())
    }

    /// The position after which a member saw what was said. Nothing was said after this one yet: that is it for whoever was
    /// suspended or erased, and for everybody once the room was closed, which then was gone.
    fn sees_after(&self, member: &MemberThen) -> Result<i64, Problem> {
        if self.room.closed || member.shut_out { Ok(self.position) } else { Ok(self.place(member)?.floor()) }
    }

    /// Where a member stood in it: computed by the same function as for commands and queries.
    fn place(&self, member: &MemberThen) -> Result<Place, Problem> {
        let room = RoomRow {
            room_type: self.room.r#type.clone(),
            visibility: self.room.visibility.clone(),
            permissions: self.room.permissions.clone(),
            roles: self.room.roles.clone(),
            owner: self.room.owner,
            archived: self.room.archived,
            closed: self.room.closed,
        };
        Place::of(UserId(member.user_id), Some(&room), member.present, &member.roles, member.joined_position)
    }
}

/// What happened in a room up to `until`, and to the accounts of whoever was in it. Who read how far is left out: it is of nobody
/// else's.
async fn happened(pool: &PgPool, room: RoomId, until: i64) -> Result<Vec<Recorded>, sqlx::Error> {
    let (filter, mut events) = (Filter { room: Some(room.0), ..Filter::default() }, vec![]);
    let mut span = Span { after: 0, until };
    loop {
        let more = page(pool, &filter, span, PAGE).await?;
        let Some(last) = more.last() else { break };
        span.after = last.position;
        events.extend(more.into_iter().filter(|event| event.aggregate_type != "reading"));
    }
    let members: HashSet<_> = events
        .iter()
        .filter(|event| event.aggregate_type == "membership")
        .filter_map(|event| Some(event.aggregate_id.split_once(':')?.1.to_owned()))
        .collect();
    let accounts = format!(
        "select {COLUMNS} from log.events e where e.aggregate_type = 'user' and e.aggregate_id = any($1) and e.position <= $2"
    );
    let accounts = sqlx::query_as::<_, Recorded>(&accounts).bind(members.into_iter().collect::<Vec<_>>()).bind(until);
    events.extend(accounts.fetch_all(pool).await?);
    events.sort_by_key(|event| event.position);
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_of_is_a_position_or_a_time() {
        assert_eq!(AsOf::parse("12").unwrap(), AsOf::Position(12));
        assert_eq!(AsOf::parse("0").unwrap(), AsOf::Position(0));
        let time = OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(1500);
        assert_eq!(AsOf::parse("1970-01-01T01:00:01.5+01:00").unwrap(), AsOf::Time(time));
        let beyond = "9999-12-31T23:59:59-01:00";
        for wrong in ["", "-1", "now", beyond, "1970-01-01", "1970-01-01T00:00:00", "9223372036854775808"] {
            assert_eq!(AsOf::parse(wrong).unwrap_err().slug(), "invalid-query", "{wrong}");
        }
    }
}
