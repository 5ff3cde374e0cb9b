-- Rooms that keep messages for a time only: which keys end, and what is purged and hidden of read models because of it.

-- The keys of what was written in a room, by month.
create index key_of_room on keys.key ((labels[3]), (labels[4])) where wrapped is not null and labels[1] = 'content';

alter table projection.purge
    -- Where what is to be purged was written, and when; the nil id is everywhere.
    add column room_id uuid not null default '00000000-0000-0000-0000-000000000000',
    add column since timestamptz not null default '1970-01-01T00:00:00Z',
    add column before timestamptz not null default '9999-12-31T00:00:00Z',
    -- Their reactions to what was sent up to this position are purged.
    add column reacted_up_to bigint not null default 0,
    drop constraint purge_pkey,
    add primary key (generation, user_id, room_id, since);
create index purge_of_room on projection.purge (room_id, user_id) where done_at is null;

-- What read models may still hold, and nobody is shown: what these people wrote in these rooms in these months.
create view projection.hidden as
    select room_id, user_id, since, before from projection.purge
    where done_at is null and room_id <> '00000000-0000-0000-0000-000000000000';
grant select on projection.hidden to hansard_reader;
