-- Where in the log a room's, an actor's and a kind's events are: what auditors filter by. A stream's events, and a time's,
-- are found in the log itself. Holds every event, also those that could not be projected, but the sendings that rows of
-- `message` tell.
create table indexed_event (
    position bigint primary key,
    event_type text not null,
    room_id uuid,
    actor_id uuid
);

-- Indexes.

create index if not exists indexed_event_by_room on indexed_event (room_id, position) where room_id is not null;
create index if not exists indexed_event_by_actor on indexed_event (actor_id, position) where actor_id is not null;
create index if not exists indexed_event_by_type on indexed_event (event_type, position);
