-- Rooms, without what changes with every message: see room_activity.
create table room (
    id uuid primary key,
    -- `dialog`, `group`, `secret`.
    type text not null,
    -- `private`, `public`.
    visibility text not null,
    -- None where there is none, and once the room's key is destroyed.
    name text,
    topic text,
    -- What every member may do, in the contract's order.
    permissions text[] not null,
    -- Roles as the contract shows them, highest rank first. Memberships may name others, which count nothing.
    roles json not null,
    -- None of an imported room.
    created_by uuid,
    -- None of a room of two, nor of an imported one.
    owner uuid,
    -- Both members of a room of two, in order; none of a group.
    member_ids uuid[] not null,
    created_at timestamptz not null,
    archived boolean not null,
    -- Gone for everyone.
    closed boolean not null default false,
    -- For how many days it keeps messages; none is for good.
    retain_days bigint,
    -- Last sequence of stream `room-{id}`.
    version bigint not null
);

-- What members and messages do to a room: a narrow row, rewritten in place with every batch that touches the room.
create table room_activity (
    room_id uuid primary key,
    -- Memberships that are present.
    member_count bigint not null,
    -- Messages ever sent: the ordinal of the newest.
    message_count bigint not null,
    -- Position of the newest message, of the room's making while there is none: what `GET /v1/rooms` sorts by.
    last_position bigint not null,
    last_message_id uuid,
    -- As the room says: so that who lists their rooms need not ask it of each.
    closed boolean not null default false
) with (fillfactor = 50);

-- Indexes.

-- Those that keep messages for a time only.
create index if not exists room_retaining on room (id) where retain_days is not null;
-- The public rooms.
create index if not exists room_public on room (id) where visibility = 'public' and not closed;
-- Those in which members without a role find all that was ever said.
create index if not exists room_searched on room (id)
    where type <> 'secret' and not closed and 'view_history' = any(permissions);
