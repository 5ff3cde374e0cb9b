//! The open segment: its messages are looked at one by one.

use super::{Candidate, Found, Segment, Stretch, take};
use crate::asking::{Interrupted, View};
use crate::search::wanted::Wanted;

/// Messages that are fetched at once, to be told whether the caller sees them and the words are in them.
const AT_ONCE: i64 = 500;

/// Looks through the messages of the open segment, at most 2,048.
pub(super) async fn look_through(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    open: &Segment,
    found: &mut Vec<Found>,
) -> Result<(), Interrupted> {
    let rooms = wanted.few_rooms();
    let (mut after, mut before) = (stretch.after.max(open.first - 1), stretch.before.min(open.last + 1));
    while found.len() < stretch.enough {
        let (newest, oldest) = if stretch.newest_first { (AT_ONCE, 0) } else { (0, AT_ONCE) };
        let candidates = sqlx::query_as!(
            Candidate,
            r#"select position as "position!", id as "message_id!", room_id as "room_id!", text as "text!"
            from (
                (select position, id, room_id, text from read.message m
                    where m.type = 'message' and not m.sealed and m.position > $1 and m.position < $2
                        and m.text is not null and ($3::uuid[] is null or m.room_id = any($3))
                        and ($4::uuid[] is null or m.sender_id = any($4))
                        and ($5::timestamptz is null or m.sent_at >= $5) and ($6::timestamptz is null or m.sent_at < $6)
                    order by m.position desc limit $7)
                union all
                (select position, id, room_id, text from read.message m
                    where m.type = 'message' and not m.sealed and m.position > $1 and m.position < $2
                        and m.text is not null and ($3::uuid[] is null or m.room_id = any($3))
                        and ($4::uuid[] is null or m.sender_id = any($4))
                        and ($5::timestamptz is null or m.sent_at >= $5) and ($6::timestamptz is null or m.sent_at < $6)
                    order by m.position limit $8)
            ) m"#,
            after,
            before,
            rooms.as_deref(),
            wanted.senders.as_deref(),
            wanted.since,
            wanted.until,
            newest,
            oldest,
        )
        .fetch_all(view.connection())
        .await?;
        let is_all = i64::try_from(candidates.len()).is_ok_and(|count| count < AT_ONCE);
        if let Some(last) = candidates.last() {
            if stretch.newest_first {
                before = last.position;
            } else {
                after = last.position;
            }
        }
        take(view, wanted, stretch, candidates, found).await?;
        if is_all {
            break;
        }
    }
    Ok(())
}
