//! The index by room and by sender.

use std::collections::{HashMap, HashSet};

use concordance::{Groups, key, segment};

use super::{Hinted, damaged};
use crate::asking::{Interrupted, View};
use crate::search::find::Stretch;
use crate::search::wanted::Wanted;

/// Of so few messages it costs less to look at them than at whose they are.
const FEW: usize = 200;

struct Row {
    first: i64,
    positions: Vec<u8>,
    rooms: Option<Vec<u8>>,
    senders: Option<Vec<u8>>,
}

/// The positions of the messages that may be wanted, in order: of many, those in the caller's rooms.
pub(super) async fn positions(
    view: &mut View,
    wanted: &Wanted,
    stretch: Stretch,
    hinted: &[Hinted],
) -> Result<Vec<i64>, Interrupted> {
    let are_many = hinted.iter().map(|(_, places)| places.count()).sum::<usize>() > FEW;
    let senders: Option<HashSet<_>> = wanted
        .senders
        .iter()
        .filter(|_| are_many)
        .map(|senders| senders.iter().map(|id| key(id.as_u128())).collect())
        .next();
    let first: Vec<_> = hinted.iter().map(|(segment, _)| segment.first).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select first_position as "first!", positions as "positions!",
            case when $2 then rooms end as rooms, case when $3 then senders end as senders
        from read.search_segment where first_position = any($1)"#,
        &first,
        are_many,
        senders.is_some(),
    )
    .fetch_all(view.connection())
    .await?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.first, row)).collect();
    let mut positions = vec![];
    for (segment, places) in hinted {
        let Some(row) = rows.get(&segment.first) else { continue };
        let mut places = places.clone();
        if let Some(rooms) = &row.rooms {
            places.keep(&Groups::places(rooms, |key| wanted.own.has_key(key)).map_err(damaged)?);
        }
        if let (Some(bytes), Some(senders)) = (&row.senders, &senders) {
            places.keep(&Groups::places(bytes, |key| senders.contains(&key)).map_err(damaged)?);
        }
        let all = segment::read_positions(row.first, &row.positions).map_err(damaged)?;
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
