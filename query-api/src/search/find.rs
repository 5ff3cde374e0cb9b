//! Finding: what was said last is looked through, then sealed segments by their index, until a page is full.

mod open;
mod sealed;

use time::OffsetDateTime;
use uuid::Uuid;

use super::wanted::Wanted;
use crate::asking::{Interrupted, View};
use crate::messages::standing;

/// A message that was found.
pub(super) struct Found {
    pub(super) position: i64,
    pub(super) message_id: Uuid,
    pub(super) room_id: Uuid,
}

/// A message whose sender and time are as wanted, with what it says.
struct Candidate {
    position: i64,
    message_id: Uuid,
    room_id: Uuid,
    text: String,
}

/// Which messages are looked at: those between two positions, from which end, and how many are enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) after: i64,
    pub(super) before: i64,
    /// Whether the newest come first.
    pub(super) newest_first: bool,
    pub(super) enough: usize,
}

/// A segment of the index.
#[derive(Clone, Copy, Debug)]
struct Segment {
    first: i64,
    last: i64,
    messages: i64,
    is_sealed: bool,
    sent_from: OffsetDateTime,
    sent_to: OffsetDateTime,
}

/// The first messages of a stretch that are wanted: `enough` of them, if there are so many.
pub(super) async fn find(view: &mut View, wanted: &Wanted, stretch: Stretch) -> Result<Vec<Found>, Interrupted> {
    if wanted.is_impossible() {
        return Ok(vec![]);
    }
    let segments = segments(view, wanted, stretch).await?;
    let (mut found, mut rest) = (vec![], segments.as_slice());
    while let Some(segment) = rest.first().filter(|_| found.len() < stretch.enough) {
        if segment.is_sealed {
            let sealed = rest.iter().take_while(|segment| segment.is_sealed).count();
            sealed::look_through(view, wanted, stretch, &rest[..sealed], &mut found).await?;
            rest = &rest[sealed..];
        } else {
            open::look_through(view, wanted, stretch, segment, &mut found).await?;
            rest = &rest[1..];
        }
    }
    Ok(found)
}

/// The segments that may hold something wanted, in the order in which they are looked through. A row each: some hundreds
/// for a million messages.
async fn segments(view: &mut View, wanted: &Wanted, stretch: Stretch) -> Result<Vec<Segment>, sqlx::Error> {
    let mut segments = sqlx::query_as!(
        Segment,
        r#"select first_position as "first!", last_position as "last!", messages as "messages!",
            positions is not null as "is_sealed!", sent_from as "sent_from!", sent_to as "sent_to!"
        from read.search_segment where first_position < $1 and last_position > $2 order by first_position"#,
        stretch.before,
        stretch.after,
    )
    .fetch_all(view.connection())
    .await?;
    let overlaps = |segment: &Segment| {
        wanted.since.is_none_or(|since| segment.sent_to >= since)
            && wanted.until.is_none_or(|until| segment.sent_from < until)
    };
    segments.retain(overlaps);
    if stretch.newest_first {
        segments.reverse();
    }
    Ok(segments)
}

/// Takes over what the caller sees, the words are in, and is shown, until it is enough. What is hidden is left out here, not
/// from the page that comes of it: its place would tell what it says.
async fn take(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    candidates: Vec<Candidate>,
    found: &mut Vec<Found>,
) -> Result<(), sqlx::Error> {
    let (mut rest, mut at_once) = (candidates.into_iter(), stretch.enough.saturating_sub(found.len()));
    while found.len() < stretch.enough {
        let fitting: Vec<_> = rest.by_ref().filter(|of| fits(wanted, of)).take(at_once).collect();
        if fitting.is_empty() {
            break;
        }
        let ids: Vec<_> = fitting.iter().map(|candidate| candidate.message_id).collect();
        let shown = standing(view, &ids).await?;
        let more = stretch.enough - found.len();
        let shown = fitting.into_iter().filter(|candidate| shown.contains(&candidate.message_id)).take(more);
        found.extend(shown.map(|Candidate { position, message_id, room_id, .. }| Found {
            position,
            message_id,
            room_id,
        }));
        // Where some are hidden there may be many: the rest is asked about at once.
        at_once = usize::MAX;
    }
    Ok(())
}

/// Whether the caller sees it, and the words are in it.
fn fits(wanted: &Wanted, candidate: &Candidate) -> bool {
    wanted.own.sees(candidate.room_id, candidate.position) && wanted.is_said_in(&candidate.text)
}
