//! The open segment: its messages are looked at one by one.

use super::{Candidate, Found, Segment, Stretch, take};
use crate::asking::{Interrupted, View};
use crate::search::wanted::Wanted;

/// Messages with the words that are fetched at once, to be told whether the caller sees them.
const AT_ONCE: i64 = 500;

/// Looks through the messages of the open segment, at most 2,048.
pub(super) async fn look_through(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    open: &Segment,
    found: &mut Vec<Found>,
) -> Result<(), Interrupted> {
    let (patterns, rooms) = (wanted.patterns(), wanted.few_rooms());
    let (mut after, mut before) = (stretch.after.max(open.first - 1), stretch.before.min(open.last + 1));
    while found.len() < stretch.enough {
        let (newest, oldest) = if stretch.newest_first { (AT_ONCE, 0) } else { (0, AT_ONCE) };
        let candidates = sqlx::query_as!(
            Candidate,
            r#"select position as "position!", message_id as "message_id!", room_id as "room_id!"
            from (
                (select * from read.search s
                    where s.position > $1 and s.position < $2 and s.folded like all($3) and s.folded is not null
                        and ($4::uuid[] is null or s.room_id = any($4)) and ($5::uuid[] is null or s.sender_id = any($5))
                        and ($6::timestamptz is null or s.sent_at >= $6) and ($7::timestamptz is null or s.sent_at < $7)
                    order by s.position desc limit $8)
                union all
                (select * from read.search s
                    where s.position > $1 and s.position < $2 and s.folded like all($3) and s.folded is not null
                        and ($4::uuid[] is null or s.room_id = any($4)) and ($5::uuid[] is null or s.sender_id = any($5))
                        and ($6::timestamptz is null or s.sent_at >= $6) and ($7::timestamptz is null or s.sent_at < $7)
                    order by s.position limit $9)
            ) s"#,
            after,
            before,
            &patterns,
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
        take(wanted, stretch, candidates, found);
        if is_all {
            break;
        }
    }
    Ok(())
}
