//! Sealed segments: the index names messages that may be wanted, and their texts are looked at.

mod by_whose;
mod by_words;

use by_words::Grams;
use concordance::{Damaged, Places};

use super::{Candidate, Found, Segment, Stretch, take};
use crate::asking::{Interrupted, View};
use crate::search::wanted::Wanted;

/// Segments whose index is asked at first; then as many as may well hold what is missing, and so many times more at most.
const FIRST: usize = 4;
const GROWTH: usize = 8;

/// Messages with the grams among which those of the caller's rooms are sought at first; then each time so many times more.
const FIRST_MESSAGES: usize = 1_000;

/// Messages that are looked at at once.
const AT_ONCE: usize = 128;

/// A segment, and those of its messages that may be wanted.
type Hinted = (Segment, Places);

/// Looks through sealed segments, in their order, until enough is found.
pub(super) async fn look_through(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    segments: &[Segment],
    found: &mut Vec<Found>,
) -> Result<(), Interrupted> {
    let (mut grams, mut rest, mut size) = (Grams::new(wanted.asks()), segments, FIRST);
    let (mut looked, before) = (0, found.len());
    while !rest.is_empty() && found.len() < stretch.enough {
        let (some, others) = rest.split_at(size.min(rest.len()));
        let hinted = grams.hinted(view, some).await?;
        look_at(view, wanted, stretch, &hinted, found).await?;
        looked += some.len();
        let missing = stretch.enough.saturating_sub(found.len());
        (rest, size) = (others, next_size(size, looked, found.len() - before, missing));
    }
    Ok(())
}

/// How many segments are asked next, after those that were looked at gave what was found in them.
fn next_size(size: usize, looked: usize, found: usize, missing: usize) -> usize {
    let most = size * GROWTH;
    // A quarter more than would do if it went on so.
    (missing * looked * 5 / 4).checked_div(found).unwrap_or(most).clamp(FIRST, most)
}

/// Looks at the messages that have the grams.
async fn look_at(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    hinted: &[Hinted],
    found: &mut Vec<Found>,
) -> Result<(), Interrupted> {
    let (mut rest, mut messages) = (hinted, FIRST_MESSAGES);
    while !rest.is_empty() && found.len() < stretch.enough {
        let (some, others) = rest.split_at(worth(rest, messages));
        let positions = by_whose::positions(view, wanted, stretch, some).await?;
        for positions in positions.chunks(AT_ONCE) {
            if found.len() < stretch.enough {
                let candidates = candidates(view, wanted, stretch, positions).await?;
                take(view, wanted, stretch, candidates, found).await?;
            }
        }
        (rest, messages) = (others, messages * GROWTH);
    }
    Ok(())
}

/// How many of the first segments have so many messages that may be wanted: one at least.
fn worth(hinted: &[Hinted], messages: usize) -> usize {
    let mut count = 0;
    let enough = hinted.iter().position(|(_, places)| {
        count += places.count();
        count >= messages
    });
    enough.map_or(hinted.len(), |last| last + 1)
}

/// Of the messages at these positions, those whose sender and time are as wanted.
async fn candidates(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    positions: &[i64],
) -> Result<Vec<Candidate>, sqlx::Error> {
    let mut candidates = sqlx::query_as!(
        Candidate,
        r#"select position as "position!", id as "message_id!", room_id as "room_id!", text as "text!"
        from read.message m
        where m.type = 'message' and not m.sealed and m.position = any($1) and m.text is not null
            and ($2::uuid[] is null or m.sender_id = any($2))
            and ($3::timestamptz is null or m.sent_at >= $3) and ($4::timestamptz is null or m.sent_at < $4)
        order by m.position"#,
        positions,
        wanted.senders.as_deref(),
        wanted.since,
        wanted.until,
    )
    .fetch_all(view.connection())
    .await?;
    if stretch.newest_first {
        candidates.reverse();
    }
    Ok(candidates)
}

fn damaged(damaged: Damaged) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(damaged))
}
