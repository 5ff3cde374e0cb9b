//! A room's calls.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start, Timestamp};
use axum::extract::State;
use domain::id::RoomId;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::slice::{Slice, cut};

/// A call in a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct Call {
    /// Its id.
    pub(crate) id: Uuid,
    /// In which room.
    room_id: Uuid,
    /// Who started it.
    started_by: Uuid,
    /// What it is for: `audio` or `video`.
    #[schema(example = "video")]
    media: String,
    /// When it began to ring.
    started_at: Timestamp,
    /// When somebody else joined first; null where nobody did yet.
    answered_at: Option<Timestamp>,
    /// When it ended; null while it goes on.
    ended_at: Option<Timestamp>,
    /// What came of it: `answered`, `missed` or `declined`; null while it goes on.
    #[schema(example = "answered")]
    outcome: Option<String>,
    /// From the first answer to the end, or until now, in milliseconds; 0 of a call that nobody answered.
    duration_ms: i64,
    /// Who took part or declined, in the order of their coming.
    participants: Vec<Participant>,
    /// The place of its start.
    position: i64,
    /// That of the last that happened in it.
    #[serde(skip)]
    last_position: i64,
    /// Goes up with every change.
    version: i64,
}

/// Somebody in a call.
#[derive(Serialize, ToSchema)]
pub(crate) struct Participant {
    /// Who.
    user_id: Uuid,
    /// When they came in first; null of who declined.
    joined_at: Option<Timestamp>,
    /// When they left last, or the call ended around them; null while they are in it.
    left_at: Option<Timestamp>,
    /// How they went: `left`, `gone` when they were not connected any more, `removed` from the room, or `declined`; null of who
    /// is in it, or was when it ended.
    departure: Option<String>,
    /// How long they were in it, in milliseconds.
    duration_ms: i64,
}

struct Row {
    id: Uuid,
    room_id: Uuid,
    started_by: Uuid,
    media: String,
    started_at: OffsetDateTime,
    answered_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    outcome: Option<String>,
    position: i64,
    last_position: i64,
    version: i64,
}

impl Call {
    /// Whether it goes on, or something happened in it after `floor`.
    pub(crate) fn is_after(&self, floor: i64) -> bool {
        self.ended_at.is_none() || self.last_position > floor
    }
}

struct ParticipantRow {
    call_id: Uuid,
    user_id: Uuid,
    joined_at: Option<OffsetDateTime>,
    rejoined_at: Option<OffsetDateTime>,
    left_at: Option<OffsetDateTime>,
    departure: Option<String>,
    earlier_ms: i64,
}

/// A room's calls, those that go on and those that were, with who took part and for how long: the newest page first, items
/// in the order of their beginning. For members; who does not hold `view_history` sees those that go on or ended after their coming.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/calls",
    operation_id = "ListCalls",
    tag = "calls",
    params(("room" = Uuid, Path, description = "The room"), PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Call>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    page: Page<i64>,
) -> Result<Answer<Items<Call>>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let slice = Slice::of(&page, Start::Last, 0, i64::MAX);
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id as "id!", c.room_id as "room_id!", c.started_by as "started_by!", c.media as "media!",
            c.started_at as "started_at!", c.answered_at, c.ended_at, c.outcome, c.position as "position!",
            c.last_position as "last_position!", c.version as "version!"
        from (
            (select * from read.call c where c.room_id = $1 and c.position < $2 and (c.ended_at is null or c.last_position > $6)
                order by c.position desc limit $3)
            union all
            (select * from read.call c where c.room_id = $1 and c.position > $4 and (c.ended_at is null or c.last_position > $6)
                order by c.position limit $5)
        ) c
        order by c.position"#,
        room.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
        place.floor(),
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items: rows, before, after } = cut(&page, Start::Last, rows, |row| row.position);
    let items = with_participants(&mut view, rows).await?;
    Ok(view.answer(Items { items, before, after }))
}

/// These calls, whoever sees them.
pub(crate) async fn these(view: &mut View, ids: &[Uuid]) -> Result<Vec<Call>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id as "id!", c.room_id as "room_id!", c.started_by as "started_by!", c.media as "media!",
            c.started_at as "started_at!", c.answered_at, c.ended_at, c.outcome, c.position as "position!",
            c.last_position as "last_position!", c.version as "version!"
        from read.call c where c.id = any($1)"#,
        ids,
    )
    .fetch_all(view.connection())
    .await?;
    with_participants(view, rows).await
}

async fn with_participants(view: &mut View, rows: Vec<Row>) -> Result<Vec<Call>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut participants = sqlx::query_as!(
        ParticipantRow,
        r#"select p.call_id as "call_id!", p.user_id as "user_id!", p.joined_at, p.rejoined_at, p.left_at, p.departure,
            p.earlier_ms as "earlier_ms!"
        from read.call_participant p
        where p.call_id = any($1)
        order by coalesce(p.joined_at, p.left_at), p.user_id"#,
        &ids,
    )
    .fetch_all(view.connection())
    .await?;
    let now = view.now;
    let call = |row: Row| {
        let theirs = participants.extract_if(.., |participant| participant.call_id == row.id);
        let until = row.ended_at.unwrap_or(now);
        let participants = theirs.map(|participant| participant.shown(row.ended_at, now)).collect();
        Call {
            id: row.id,
            room_id: row.room_id,
            started_by: row.started_by,
            media: row.media,
            started_at: row.started_at.into(),
            answered_at: row.answered_at.map(Into::into),
            ended_at: row.ended_at.map(Into::into),
            outcome: row.outcome,
            duration_ms: row.answered_at.map_or(0, |answered| milliseconds(answered, until)),
            participants,
            position: row.position,
            last_position: row.last_position,
            version: row.version,
        }
    };
    Ok(rows.into_iter().map(call).collect())
}

impl ParticipantRow {
    /// Who is in a call when it ends was in it until then.
    fn shown(self, ended_at: Option<OffsetDateTime>, now: OffsetDateTime) -> Participant {
        let left_at = self.left_at.or(ended_at);
        let last = self.rejoined_at.map_or(0, |came| milliseconds(came, left_at.unwrap_or(now)));
        Participant {
            user_id: self.user_id,
            joined_at: self.joined_at.map(Into::into),
            left_at: left_at.map(Into::into),
            departure: self.departure,
            duration_ms: self.earlier_ms.saturating_add(last),
        }
    }
}

/// Never less than nothing: clocks of several processes may differ.
fn milliseconds(from: OffsetDateTime, to: OffsetDateTime) -> i64 {
    i64::try_from((to - from).whole_milliseconds()).unwrap_or(i64::MAX).max(0)
}
