//! The messages that are pinned in a room.

use api_kit::shape::Message;
use api_kit::{Items, Page, Problem, Start};
use domain::id::RoomId;
use uuid::Uuid;

use super::these;
use crate::asking::View;
use crate::slice::{Slice, cut};

struct Pin {
    id: Uuid,
    position: i64,
}

/// A page of the pinned messages of a room, in order of position; those up to `floor` are left out, and so are those that
/// were deleted while the read models are behind: a page may be shorter for it, and says all the same how to go on.
pub(super) async fn pinned<T>(
    view: &mut View,
    room: RoomId,
    floor: i64,
    page: &Page<i64, T>,
) -> Result<Items<Message>, Problem> {
    let slice = Slice::of(page, Start::Last, 0, i64::MAX);
    let pins = sqlx::query_as!(
        Pin,
        r#"select id as "id!", position as "position!" from (
            (select n.id, n.position from read.message n
                where n.room_id = $1 and n.pinned
                    and not exists (select from keys.erased k where k.user_id = n.author_id)
                    and not exists (select from projection.hidden h where h.room_id = n.room_id
                        and h.user_id = n.author_id and n.sent_at >= h.since and n.sent_at < h.before)
                    and n.position > $2 and n.position < $3
                order by n.position desc limit $4)
            union all
            (select n.id, n.position from read.message n
                where n.room_id = $1 and n.pinned
                    and not exists (select from keys.erased k where k.user_id = n.author_id)
                    and not exists (select from projection.hidden h where h.room_id = n.room_id
                        and h.user_id = n.author_id and n.sent_at >= h.since and n.sent_at < h.before)
                    and n.position > greatest($2, $5::bigint)
                order by n.position limit $6)
        ) n
        order by position"#,
        room.0,
        floor,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let pins = cut(page, Start::Last, pins, |pin| pin.position);
    let mut items = these(view, &pins.items.iter().map(|pin| pin.id).collect::<Vec<_>>()).await?;
    // What is sealed and does not open any more is shown as one that is not pinned.
    items.retain(|message| message.pinned);
    Ok(Items { items, before: pins.before, after: pins.after })
}
