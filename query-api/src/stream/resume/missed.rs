//! Which events somebody missed.

use std::collections::{BTreeSet, HashMap};

use api_kit::Problem;
use event_store::Recorded;
use uuid::Uuid;

use crate::asking::View;
use crate::stream::hub::readings::FAR;
use crate::stream::seat::Seat;

/// Events that concern somebody wherever they are: all of these kinds are looked through. Of files, those that belong to no
/// room.
const ANYWHERE: [&str; 9] = [
    "membership_left",
    "membership_removed",
    "room_closed",
    "user_renamed",
    "user_avatar_changed",
    "user_erased",
    "file_granted",
    "file_revoked",
    "file_deleted",
];

/// Positions of the events after `since`, up to `until`, that somebody may have to be told of, in order; none if there are
/// more than `most`. Costs an index scan for each of their rooms.
pub(super) async fn positions(
    view: &mut View,
    user: Uuid,
    seats: &HashMap<Uuid, Seat>,
    since: i64,
    until: i64,
    most: usize,
) -> Result<Option<Vec<i64>>, Problem> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let (rooms, from): (Vec<Uuid>, Vec<i64>) =
        seats.iter().map(|(room, seat)| (*room, since.max(seat.joined - 1))).unzip();
    let of_rooms = sqlx::query_scalar!(
        r#"select e.position as "position!" from unnest($1::uuid[], $2::bigint[]) as w (room_id, since)
        cross join lateral (
            (select i.position from read.indexed_event i
                where i.room_id = w.room_id and i.position > w.since and i.position <= $3
                order by i.position limit $4)
            union all
            (select m.position from read.message m
                where m.room_id = w.room_id and m.told and m.position > w.since and m.position <= $3
                order by m.position limit $4)
        ) e"#,
        &rooms,
        &from,
        until,
        limit,
    )
    .fetch_all(view.connection())
    .await?;
    let own = sqlx::query_scalar!(
        r#"select position as "position!" from (
            (select i.position from read.indexed_event i
                where i.actor_id = $1 and i.room_id is null and i.position > $2 and i.position <= $3
                order by i.position limit $4)
            union
            (select e.position from log.events e
                where e.aggregate_type in ('user', 'settings') and e.aggregate_id = $1::uuid::text
                    and e.position > $2 and e.position <= $3)
        ) own"#,
        user,
        since,
        until,
        limit,
    )
    .fetch_all(view.connection())
    .await?;
    let readings = readings(view, &rooms, since, limit).await?;
    let elsewhere = elsewhere(view, user, since, until, limit).await?;
    if [of_rooms.len(), own.len()].iter().any(|count| *count > most) {
        return Ok(None);
    }
    let Some(elsewhere) = elsewhere else { return Ok(None) };
    let found: BTreeSet<i64> = of_rooms.into_iter().chain(readings).chain(own).chain(elsewhere).collect();
    Ok((found.len() <= most).then(|| found.into_iter().collect()))
}

/// What was read in their rooms shortly before `since`: it is told a moment later than all else.
async fn readings(view: &mut View, rooms: &[Uuid], since: i64, limit: i64) -> Result<Vec<i64>, Problem> {
    let positions = sqlx::query_scalar!(
        r#"select e.position as "position!" from unnest($1::uuid[]) as w (room_id)
        cross join lateral (
            select i.position from read.indexed_event i
            where i.room_id = w.room_id and i.position > $2 and i.position <= $3 and i.event_type = 'read_advanced'
            order by i.position limit $4
        ) e"#,
        rooms,
        since - FAR,
        since,
        limit,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(positions)
}

/// Those that concern them, of what happened anywhere; none if that is more than `limit` of it.
async fn elsewhere(
    view: &mut View,
    user: Uuid,
    since: i64,
    until: i64,
    limit: i64,
) -> Result<Option<Vec<i64>>, Problem> {
    let kinds: Vec<String> = ANYWHERE.iter().map(|kind| (*kind).to_owned()).collect();
    let rows = sqlx::query!(
        r#"select e.position as "position!", e.event_type as "event_type!", e.aggregate_id as "aggregate_id!"
        from unnest($1::text[]) as k (kind)
        cross join lateral (
            select i.position from read.indexed_event i
            where i.event_type = k.kind and i.position > $2 and i.position <= $3
                and (i.room_id is null or k.kind not like 'file%')
            order by i.position limit $4
        ) i
        join log.events e on e.position = i.position"#,
        &kinds,
        since,
        until,
        limit,
    )
    .fetch_all(view.connection())
    .await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit {
        return Ok(None);
    }
    let ended: Vec<Uuid> = rows
        .iter()
        .filter(|row| row.event_type == "room_closed")
        .filter_map(|row| row.aggregate_id.parse().ok())
        .collect();
    let ended = closed(view, user, &ended).await?;
    let concerns = rows.iter().filter(|row| match row.event_type.as_str() {
        "membership_left" | "membership_removed" => {
            row.aggregate_id.split_once(':').is_some_and(|(_, of)| of == user.to_string())
        }
        "room_closed" => ended.contains(&row.aggregate_id),
        _ => true,
    });
    Ok(Some(concerns.map(|row| row.position).collect()))
}

/// Those of these rooms that somebody was in until they were closed.
async fn closed(view: &mut View, user: Uuid, rooms: &[Uuid]) -> Result<BTreeSet<String>, Problem> {
    if rooms.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = sqlx::query_scalar!(
        r#"select m.room_id as "room_id!" from read.membership m
        where m.room_id = any($1) and m.user_id = $2 and m.present"#,
        rooms,
        user,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(found.iter().map(Uuid::to_string).collect())
}

/// The events at these positions, in order.
pub(super) async fn events(view: &mut View, positions: &[i64]) -> Result<Vec<Recorded>, Problem> {
    let events = sqlx::query_as!(
        Recorded,
        r#"select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at,
            payload::text as "payload!", metadata::text as "metadata!"
        from log.events where position = any($1) order by position"#,
        positions,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(events)
}
