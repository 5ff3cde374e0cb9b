//! The messages that are pinned in a room.

use api_kit::Problem;
use api_kit::shape::Message;
use domain::id::RoomId;
use uuid::Uuid;

use super::these;
use crate::asking::View;
use crate::slice::Slice;

/// The pinned messages of a room in a slice, in order of position; those up to `floor` are left out.
pub(super) async fn pinned(
    view: &mut View,
    room: RoomId,
    floor: i64,
    slice: Slice<i64>,
) -> Result<Vec<Message>, Problem> {
    let ids: Vec<Uuid> = sqlx::query_scalar!(
        r#"select id as "id!" from (
            (select n.id from read.message n
                where n.room_id = $1 and n.pinned
                    and not exists (select from keys.erased k where k.user_id = n.author_id)
                    and not exists (select from projection.hidden h where h.room_id = n.room_id
                        and h.user_id = n.author_id and n.sent_at >= h.since and n.sent_at < h.before)
                    and n.position > $2 and n.position < $3
                order by n.position desc limit $4)
            union all
            (select n.id from read.message n
                where n.room_id = $1 and n.pinned
                    and not exists (select from keys.erased k where k.user_id = n.author_id)
                    and not exists (select from projection.hidden h where h.room_id = n.room_id
                        and h.user_id = n.author_id and n.sent_at >= h.since and n.sent_at < h.before)
                    and n.position > greatest($2, $5::bigint)
                order by n.position limit $6)
        ) n"#,
        room.0,
        floor,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let mut messages = these(view, &ids).await?;
    // What is sealed and does not open any more is shown as one that is not pinned.
    messages.retain(|message| message.pinned);
    Ok(messages)
}
