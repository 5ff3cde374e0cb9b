//! One's own rooms.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Problem, Start, shape};
use axum::extract::State;
use uuid::Uuid;

use super::details;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::{Interrupted, View};
use crate::slice::{Slice, cut};

/// A room's place in the list: what happened last in it, and where.
type Place = (i64, Uuid);

struct Row {
    room_id: Uuid,
    last_position: i64,
}

/// One's own rooms, newest activity first.
#[utoipa::path(
    get,
    path = "/v1/rooms",
    operation_id = "ListRooms",
    tag = "rooms",
    params(PageParameters, QueryHeaders),
    responses((status = 200, body = Items<shape::Room>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<Place>,
) -> Result<Answer<Items<shape::Room>>, Problem> {
    let mut asking = queries.asking(&asker);
    loop {
        let (mut view, _) = asking.view(None).await?;
        match rooms(&mut view, &page).await {
            Ok(rooms) => return Ok(view.answer(rooms)),
            Err(interrupted) => {
                drop(view);
                asking.wait_out(interrupted).await?;
            }
        }
    }
}

/// Costs a probe for each of one's rooms, to put them in order: an order kept for each member would be a write for each
/// member with every message.
async fn rooms(view: &mut View, page: &Page<Place>) -> Result<Items<shape::Room>, Interrupted> {
    let user = view.caller.user;
    let slice = Slice::of(page, Start::First, (i64::MAX, Uuid::max()), (-1, Uuid::nil()));
    let rows = sqlx::query_as!(
        Row,
        r#"select room_id as "room_id!", last_position as "last_position!"
        from (
            (select m.room_id, a.last_position from read.membership m join read.room_activity a on a.room_id = m.room_id
                where m.user_id = $1 and m.present and not a.closed and (a.last_position, m.room_id) > ($2, $3)
                order by a.last_position, m.room_id limit $4)
            union all
            (select m.room_id, a.last_position from read.membership m join read.room_activity a on a.room_id = m.room_id
                where m.user_id = $1 and m.present and not a.closed and (a.last_position, m.room_id) < ($5, $6)
                order by a.last_position desc, m.room_id desc limit $7)
        ) own
        order by last_position desc, room_id desc"#,
        user.0,
        slice.before.0,
        slice.before.1,
        slice.most_before,
        slice.after.0,
        slice.after.1,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(page, Start::First, rows, |row| (row.last_position, row.room_id));
    let ids: Vec<Uuid> = items.iter().map(|row| row.room_id).collect();
    Ok(Items { items: details(view, &ids).await?, before, after })
}
