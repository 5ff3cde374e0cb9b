-- Where in the log a room's, an actor's and a kind's events are: what auditors filter by. A stream's events, and a time's,
-- are found in the log itself. Holds every event, also those that could not be projected.
create table event_index (
    position bigint primary key,
    event_type text not null,
    room_id uuid,
    actor_id uuid
);

-- Indexes.

create index if not exists event_index_by_room on event_index (room_id, position) where room_id is not null;
create index if not exists event_index_by_actor on event_index (actor_id, position) where actor_id is not null;
create index if not exists event_index_by_type on event_index (event_type, position);
