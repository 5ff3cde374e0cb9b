-- Who is and was in which room, and who may not come in.
create table membership (
    room_id uuid not null,
    user_id uuid not null,
    present boolean not null,
    -- Ids of the member's roles, sorted; those that the room has no more count nothing.
    roles uuid[] not null,
    -- When and where in the log they came in last: without `view_history` they see what is after it.
    joined_at timestamptz not null,
    joined_position bigint not null,
    -- Whether they want no notice of the room; runs out at `muted_until`, if that is set.
    muted boolean not null default false,
    muted_until timestamptz,
    -- Whether they keep the room at the top.
    pinned boolean not null default false,
    -- Set while they may not come in: runs out at `banned_until`, if that is set.
    banned_position bigint,
    banned_at timestamptz,
    banned_by uuid,
    banned_until timestamptz,
    -- None where none was given, and once its key is destroyed.
    ban_reason text,
    -- Last sequence of stream `membership-{room}:{user}`.
    version bigint not null,
    primary key (room_id, user_id)
);

-- Indexes.

-- One's own rooms.
create index if not exists membership_by_user on membership (user_id, room_id) include (roles) where present;
-- A room's members, page by page, in the order of their joining.
create unique index if not exists membership_by_joining on membership (room_id, joined_position) where present;
-- Whom somebody banned and why: their words go with them.
create index if not exists membership_by_banner on membership (banned_by) where ban_reason is not null;
-- Who is banned from a room, page by page, in the order of the bans.
create unique index if not exists membership_by_ban on membership (room_id, banned_position)
    where banned_position is not null;
