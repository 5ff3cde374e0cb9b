-- How far somebody has read a room.
create table reading (
    room_id uuid not null,
    user_id uuid not null,
    -- They have read up to this position of the log.
    position bigint not null,
    -- Last sequence of stream `reading-{room}:{user}`.
    version bigint not null,
    primary key (room_id, user_id)
) with (fillfactor = 70);

-- Who has read up to a message: the room's readers, furthest first.
create index reading_by_position on reading (room_id, position);
