//! Who has read up to a message.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::get_message::message_of;
use crate::Queries;
use crate::asker::Asker;
use crate::slice::{Slice, cut};

/// Somebody who has read up to a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reader {
    /// Who.
    user_id: Uuid,
    /// Null once the account is erased.
    display_name: Option<String>,
    /// How far they have read the room.
    read_position: i64,
}

/// Who has read up to a message, besides its sender: whoever has come least far first. Somebody who reads on while the
/// pages are fetched may come twice, and is never left out.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/messages/{id}/seen",
    operation_id = "ListMessageReaders",
    tag = "messages",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("id" = Uuid, Path, description = "The message"),
        PageParameters,
        QueryHeaders
    ),
    responses((status = 200, body = Items<Reader>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, id)): Path<(RoomId, MessageId)>,
    page: Page<(i64, Uuid)>,
) -> Result<Answer<Items<Reader>>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let message = message_of(&mut view, &place, room, id).await?;
    let slice = Slice::of(&page, Start::First, (0, Uuid::nil()), (i64::MAX, Uuid::max()));
    let rows = sqlx::query_as!(
        Reader,
        r#"select r.user_id as "user_id!", case when k.user_id is null then a.display_name end as "display_name?", r.position as "read_position!"
        from (
            (select r.user_id, r.position from read.reading r
                where r.room_id = $1 and r.position >= $2 and r.user_id <> $3 and (r.position, r.user_id) < ($4, $5)
                order by r.position desc, r.user_id desc limit $6)
            union all
            (select r.user_id, r.position from read.reading r
                where r.room_id = $1 and r.position >= $2 and r.user_id <> $3 and (r.position, r.user_id) > ($7, $8)
                order by r.position, r.user_id limit $9)
        ) r
        left join read.account a on a.id = r.user_id
        left join keys.erased k on k.user_id = a.id
        order by r.position, r.user_id"#,
        room.0,
        message.position,
        message.sender_id,
        slice.before.0,
        slice.before.1,
        slice.most_before,
        slice.after.0,
        slice.after.1,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(view.answer(cut(&page, Start::First, rows, |row| (row.read_position, row.user_id))))
}
