//! The index by room and by sender.

use std::collections::HashMap;

use concordance::{Keys, Places, Whose, segment};
use futures::TryStreamExt;
use uuid::Uuid;

use super::{Hinted, damaged};
use crate::asking::{Interrupted, View};
use crate::search::find::Stretch;
use crate::search::wanted::Wanted;

/// Of so few messages it costs less to look at them than at whose they are.
const FEW: usize = 200;

/// The positions of the messages that may be wanted, in order: of many, those in the caller's rooms.
pub(super) async fn positions(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    hinted: &[Hinted],
) -> Result<Vec<i64>, Interrupted> {
    let are_many = hinted.iter().map(|(_, places)| places.count()).sum::<usize>() > FEW;
    let kept = if are_many { of_those_wanted(view, wanted, hinted).await? } else { hinted.to_vec() };
    if kept.is_empty() {
        return Ok(vec![]);
    }
    let mut rows = positions_of(view, &kept).await?;
    let mut positions = vec![];
    for (segment, places) in &kept {
        let Some(bytes) = rows.remove(&segment.first) else { continue };
        let all = segment::read_positions(segment.first, &bytes).map_err(damaged)?;
        let within = places.iter().filter_map(|number| all.get(number).copied());
        let mut within: Vec<_> =
            within.filter(|position| *position > stretch.after && *position < stretch.before).collect();
        if stretch.newest_first {
            within.reverse();
        }
        positions.append(&mut within);
    }
    Ok(positions)
}

/// The segments with messages in the caller's rooms, and by senders that are wanted.
async fn of_those_wanted(view: &mut View, wanted: &Wanted, hinted: &[Hinted]) -> Result<Vec<Hinted>, Interrupted> {
    let senders = wanted.senders.as_ref().map(|senders| senders.iter().map(Uuid::as_u128).collect::<Keys>());
    let mut rows = sqlx::query!(
        r#"select first_position as "first!", rooms as "rooms!", case when $2 then senders end as senders
        from read.search_segment where first_position = any($1)"#,
        &firsts(hinted),
        senders.is_some(),
    )
    .fetch(view.connection());
    let places: HashMap<_, _> = hinted.iter().map(|(segment, places)| (segment.first, places)).collect();
    let mut theirs = HashMap::new();
    // Read while the database goes on.
    while let Some(row) = rows.try_next().await? {
        let Some(mut places) = places.get(&row.first).map(|places| Places::clone(places)) else { continue };
        Whose::keep(&row.rooms, &mut places, wanted.own.keys()).map_err(damaged)?;
        if let (Some(bytes), Some(senders)) = (&row.senders, &senders) {
            Whose::keep(bytes, &mut places, senders).map_err(damaged)?;
        }
        if !places.is_empty() {
            theirs.insert(row.first, places);
        }
    }
    Ok(hinted.iter().filter_map(|(segment, _)| Some((*segment, theirs.remove(&segment.first)?))).collect())
}

/// The positions of all messages of some segments, as bytes, by the segments' first.
async fn positions_of(view: &mut View, segments: &[Hinted]) -> Result<HashMap<i64, Vec<u8>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select first_position as "first!", positions as "positions!"
        from read.search_segment where first_position = any($1)"#,
        &firsts(segments),
    )
    .fetch_all(view.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.first, row.positions)).collect())
}

fn firsts(segments: &[Hinted]) -> Vec<i64> {
    segments.iter().map(|(segment, _)| segment.first).collect()
}
