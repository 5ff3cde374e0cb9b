-- Messages with their current wording.
create table message (
    id uuid primary key,
    room_id uuid not null,
    sender_id uuid not null,
    -- Position of the sending: its place among the room's messages.
    position bigint not null,
    -- 1, 2, 3, ... in the room: the difference of two bounds the count of messages between them.
    ordinal bigint not null,
    -- `sent`, `edited`, `deleted`.
    status text not null,
    -- None once it is deleted or its key is destroyed.
    text text,
    reply_to uuid,
    sent_at timestamptz not null,
    edited_at timestamptz,
    -- Sequence and position of the event that gave it its current wording.
    worded_version bigint not null,
    worded_position bigint not null,
    -- Last sequence of stream `message-{id}`.
    version bigint not null
);

-- Wordings that a later one replaced; the current one stands in message, as (worded_version, text,
-- coalesce(edited_at, sent_at), worded_position). Rows of a deleted message stay: what shows them looks at its status.
create table message_version (
    message_id uuid not null,
    -- Sequence of the event that gave this wording.
    version bigint not null,
    -- None once its key is destroyed.
    text text,
    at timestamptz not null,
    position bigint not null,
    primary key (message_id, version)
);

-- Indexes.

-- A room's messages, page by page both ways; unread messages, counted up to a bound.
create unique index if not exists message_by_room on message (room_id, position);
