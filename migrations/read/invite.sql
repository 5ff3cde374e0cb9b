-- Invites to rooms.
create table invite (
    -- The bits of the code, in the form of an id.
    id uuid primary key,
    room_id uuid not null,
    created_by uuid not null,
    created_at timestamptz not null,
    -- Position of its making.
    position bigint not null,
    -- None is without a limit.
    max_uses bigint,
    uses bigint not null,
    -- When it runs out; none is never.
    expires_at timestamptz,
    revoked boolean not null,
    -- Last sequence of stream `invite-{code}`.
    version bigint not null
);

-- Indexes.

-- Those that somebody made, in the order of their making.
create index if not exists invite_by_maker on invite (created_by, position);
-- A room's invites that can be used, but for those that ran out, page by page.
create unique index if not exists invite_by_room on invite (room_id, position)
    where not revoked and (max_uses is null or uses < max_uses);
