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

-- Indexes.

-- Who has read up to a message, page by page: the room's readers, in the order of how far they have come.
create index if not exists reading_by_position on reading (room_id, position, user_id);
