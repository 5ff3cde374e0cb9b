-- Calls in rooms, and who took part.
create table call (
    id uuid primary key,
    room_id uuid not null,
    started_by uuid not null,
    -- audio or video
    media text not null,
    started_at timestamptz not null,
    -- When somebody else came in first; none while it rings, and of a call that nobody answered.
    answered_at timestamptz,
    -- None while it goes on.
    ended_at timestamptz,
    -- answered, missed or declined; none while it goes on.
    outcome text,
    -- Position of its start.
    position bigint not null,
    -- Of the last that happened in it.
    last_position bigint not null,
    -- Last sequence of stream `call-{id}`.
    version bigint not null
);

-- One row for each who was in a call or declined it.
create table call_participant (
    call_id uuid not null,
    user_id uuid not null,
    -- When they came in first and last; none of who declined.
    joined_at timestamptz,
    rejoined_at timestamptz,
    -- When they left or declined last; none while they are in it, or were when it ended.
    left_at timestamptz,
    -- How: left, gone, removed or declined.
    departure text,
    -- Time in the call before they came in last, in milliseconds.
    earlier_ms bigint not null,
    primary key (call_id, user_id)
);

-- Indexes.
-- A room's calls, page by page.
create unique index if not exists call_by_room on call (room_id, position);
-- Those that somebody took part in.
create index if not exists call_participant_by_user on call_participant (user_id, call_id);
-- Those that go on: few at any time.
create index if not exists call_running on call (position) where ended_at is null;
