-- Who is and was in which room.
create table membership (
    room_id uuid not null,
    user_id uuid not null,
    present boolean not null,
    -- Ids of the member's roles, sorted.
    roles uuid[] not null,
    -- When and where in the log they came in last: without `view_history` they see what is after it.
    joined_at timestamptz not null,
    joined_position bigint not null,
    -- Last sequence of stream `membership-{room}:{user}`.
    version bigint not null,
    primary key (room_id, user_id)
);

-- Indexes.

-- One's own rooms.
create index if not exists membership_by_user on membership (user_id, room_id) where present;
-- A room's members, page by page, in the order of their joining.
create unique index if not exists membership_by_joining on membership (room_id, joined_position) where present;
