//! Every wording of a message.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start, Timestamp};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use domain::room::RoomType;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::get_message::message_of;
use crate::Queries;
use crate::asker::Asker;
use crate::slice::{Slice, cut};

/// What a message said from some time on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Wording {
    /// The message's version with which it began.
    version: i64,
    /// Null once its author is erased.
    text: Option<String>,
    /// When it was written.
    written_at: Timestamp,
    /// The place of its writing in the log.
    position: i64,
}

struct Row {
    version: i64,
    text: Option<String>,
    at: OffsetDateTime,
    position: i64,
}

/// Every wording of a message, in order; none of a deleted one, nor of a notice. Secret rooms have no such list.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/messages/{id}/versions",
    operation_id = "ListMessageVersions",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        PageParameters,
        QueryHeaders
    ),
    responses((status = 200, body = Items<Wording>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, id)): Path<(RoomId, MessageId)>,
    page: Page<i64>,
) -> Result<Answer<Items<Wording>>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let message = message_of(&mut view, &place, room, id).await?;
    if place.room.room_type == RoomType::Secret {
        return Err(Problem::NotFound);
    }
    if message.status == "deleted" || message.r#type != "message" {
        return Ok(view.answer(Items { items: vec![], before: None, after: None }));
    }
    let slice = Slice::of(&page, Start::First, 0, i64::MAX);
    let rows = sqlx::query_as!(
        Row,
        r#"select version as "version!", text, at as "at!", position as "position!"
        from (
            (select v.version, v.text, v.at, v.position from read.message_version v
                where v.message_id = $1 and v.version < $2 order by v.version desc limit $3)
            union all
            (select v.version, v.text, v.at, v.position from read.message_version v
                where v.message_id = $1 and v.version > $4 order by v.version limit $5)
            union all
            select m.worded_version, m.text, coalesce(m.edited_at, m.sent_at), m.worded_position from read.message m
                where m.id = $1 and (m.worded_version < $2 and $3 > 0 or m.worded_version > $4 and $5 > 0)
        ) wording
        order by version"#,
        id.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.version);
    let items = items.into_iter().map(|row| Wording {
        version: row.version,
        text: row.text,
        written_at: row.at.into(),
        position: row.position,
    });
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
