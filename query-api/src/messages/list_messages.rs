//! What was said in a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::{PageParameters, cursor};
use api_kit::{Answer, At, Items, Page, Path, Problem, Start, shape};
use axum::extract::State;
use domain::id::{MessageId, RoomId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::pinned::pinned;
use super::rows::within;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::slice::{Slice, cut};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The page with this message in its middle. Not together with a cursor.
    #[param(value_type = Option<Uuid>)]
    around: Option<MessageId>,
    /// Only those that are pinned. Not together with `around`.
    #[serde(default)]
    #[param(default = false)]
    pinned: bool,
}

/// The messages of a room: the newest page first, in order of position within a page. Deleted ones keep their place.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/messages",
    operation_id = "ListMessages",
    tag = "messages",
    params(("room" = Uuid, Path, description = "The room"), Parameters, PageParameters, QueryHeaders),
    responses((status = 200, body = Items<shape::Message>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    page: Page<i64, Parameters>,
) -> Result<Answer<Items<shape::Message>>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let floor = place.floor();
    let messages = match page.query.around {
        Some(_) if page.query.pinned => {
            return Err(Problem::InvalidQuery("around and pinned exclude each other".to_owned()));
        }
        Some(message) if page.at == At::Start => around(&mut view, room, floor, message, page.limit).await?,
        Some(_) => return Err(Problem::InvalidQuery("around and a cursor exclude each other".to_owned())),
        None if page.query.pinned => pinned(&mut view, room, floor, &page).await?,
        None => {
            let slice = Slice::of(&page, Start::Last, 0, i64::MAX);
            cut(&page, Start::Last, within(&mut view, room, floor, slice).await?, |message| message.position)
        }
    };
    Ok(view.answer(messages))
}

/// The page with `message` in its middle, as far as there is something on both sides.
async fn around(
    view: &mut View,
    room: RoomId,
    floor: i64,
    message: MessageId,
    limit: u16,
) -> Result<Items<shape::Message>, Problem> {
    let position = sqlx::query_scalar!(
        r#"select position as "position!" from read.message where id = $1 and room_id = $2 and position > $3"#,
        message.0,
        room.0,
        floor,
    )
    .fetch_optional(view.connection())
    .await?;
    let position = position.ok_or(Problem::NotFound)?;
    // The message itself is the last of those before the next place; one too many on each side tells whether to go on.
    let (earlier, later) = (i64::from(limit / 2) + 1, i64::from((limit - 1) / 2));
    let slice = Slice { before: position + 1, most_before: earlier + 1, after: position, most_after: later + 1 };
    let mut items = within(view, room, floor, slice).await?;
    let counted = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let split = items.partition_point(|message| message.position <= position);
    let (more_before, more_after) = (counted(split) > earlier, counted(items.len() - split) > later);
    if more_after {
        items.pop();
    }
    if more_before {
        items.remove(0);
    }
    let place = |message: Option<&shape::Message>| message.map(|message| cursor(&message.position));
    let (before, after) = (place(items.first()), place(items.last()));
    Ok(Items { before: before.filter(|_| more_before), after: after.filter(|_| more_after), items })
}
