//! Whether somebody came to see, or lost sight of, what was said before they came into a room: no frame tells that.

use std::collections::HashMap;

use api_kit::Problem;
use uuid::Uuid;

use crate::asking::View;
use crate::stream::seat::Seat;

/// What changes who sees history, in the streams of rooms.
const KINDS: [&str; 3] = ["room_permissions_changed", "room_role_changed", "room_role_deleted"];

/// Whether that may be so of the rooms that they have been in since before `since`: if `view_history` was given to or taken
/// from everybody or a role, or they were given other roles or the ownership.
pub(super) async fn changed(
    view: &mut View,
    user: Uuid,
    seats: &HashMap<Uuid, Seat>,
    since: i64,
    until: i64,
) -> Result<bool, Problem> {
    let rooms: Vec<Uuid> = seats.iter().filter(|(_, seat)| seat.joined <= since).map(|(room, _)| *room).collect();
    if rooms.is_empty() {
        return Ok(false);
    }
    let kinds: Vec<String> = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    // Streams of rooms are short, and only those are read that the index knows something of. One's own roles count where
    // some role of the room gives or takes it.
    let changed = sqlx::query_scalar!(
        r#"select exists (
            select from (
                select distinct i.room_id from unnest($1::uuid[]) as w (id)
                cross join lateral (
                    select n.room_id from read.indexed_event n
                    where n.room_id = w.id and n.position > $3 and n.position <= $4
                        and n.event_type in ('room_permissions_changed', 'room_role_changed', 'room_role_deleted',
                            'room_ownership_transferred', 'membership_roles_assigned')
                    order by n.position limit 1
                ) i
            ) w
            cross join lateral (
                select coalesce(bool_or(e.position > $3 and e.event_type = any($5)), false) as moved,
                    coalesce(bool_or(e.event_type = 'room_ownership_transferred' and e.position > $3
                        and $2::uuid::text in (e.payload->>'from', e.payload->>'to')), false) as owned,
                    coalesce(bool_or(e.event_type in ('room_role_defined', 'room_role_changed')
                        and ((e.payload->'allow')::jsonb ? 'view_history'
                            or (e.payload->'deny')::jsonb ? 'view_history')), false) as by_role,
                    count(distinct (e.payload->'permissions')::jsonb ? 'view_history') filter (
                        where e.event_type in ('room_created', 'room_permissions_changed')
                            and e.position >= (
                                select max(b.position) from log.events b
                                where b.aggregate_type = 'room' and b.aggregate_id = w.room_id::text and b.position <= $3
                                    and b.event_type in ('room_created', 'room_permissions_changed'))) > 1 as by_all
                from log.events e
                where e.aggregate_type = 'room' and e.aggregate_id = w.room_id::text and e.position <= $4
            ) r
            where r.owned or r.by_all or r.by_role and (r.moved or exists (
                select from log.events e
                where e.aggregate_type = 'membership' and e.aggregate_id = w.room_id::text || ':' || $2::uuid::text
                    and e.event_type = 'membership_roles_assigned' and e.position > $3 and e.position <= $4))
        ) as "changed!""#,
        &rooms,
        user,
        since,
        until,
        &kinds,
    )
    .fetch_one(view.connection())
    .await?;
    Ok(changed)
}
