-- Messages with their current wording, and between them notices of what else happened in the room.
create table message (
    id uuid primary key,
    room_id uuid not null,
    -- Of a notice, whose doing it was.
    sender_id uuid not null,
    -- Whose key its content goes with.
    author_id uuid not null,
    -- `message`; of a notice `user_joined`, `user_left`, `event`.
    type text not null,
    -- Position of the sending: its place among the room's messages.
    position bigint not null,
    -- 1, 2, 3, ... in the room: the difference of two is the count of messages between them. A notice is not counted: it
    -- has that of the message before it, or 0.
    ordinal bigint not null,
    -- The same among the messages of its sender in the room; 0 of a notice.
    sender_ordinal bigint not null,
    -- `sent`, `edited`, `deleted`.
    status text not null,
    -- None once it is deleted or its key is destroyed, and of a secret room's, which stands in the log alone, sealed.
    text text,
    -- Whether it is of a secret room: opened for each who asks.
    sealed boolean not null,
    -- Whether its key is destroyed: then it is shown as deleted. Not told of what is sealed: there whoever opens it sees.
    erased boolean not null,
    -- What was found in the text, as the contract shows it; none where that is nothing, and where there is no text.
    entities json,
    -- Whom it mentions besides its sender: these rows of `mention` are its. None while it says nothing.
    mentions uuid[],
    reply_to uuid,
    -- {message_id, room_id, sender_id}, as the contract shows it.
    forwarded_from json,
    -- The files that it came with, in order; what shows them looks which of them are there.
    files uuid[],
    -- What a notice tells of.
    event json,
    -- Never of one that says nothing any more.
    pinned boolean not null,
    sent_at timestamptz not null,
    edited_at timestamptz,
    -- Sequence and position of the event that gave it its current wording.
    worded_version bigint not null,
    worded_position bigint not null,
    -- Last sequence of stream `message-{id}`.
    version bigint not null,
    -- Whether its sender acted, nobody by import: then it tells where in the log its sending is, and by whom, and
    -- `indexed_event` has no row of it.
    told boolean not null
);

-- Wordings that a later one replaced; the current one stands in message, as (worded_version, text,
-- coalesce(edited_at, sent_at), worded_position). Rows of a deleted message stay: what shows them looks at its status.
-- None of what is sealed.
create table message_version (
    message_id uuid not null,
    -- As of the message.
    author_id uuid not null,
    -- Sequence of the event that gave this wording.
    version bigint not null,
    -- None once its key is destroyed.
    text text,
    at timestamptz not null,
    position bigint not null,
    primary key (message_id, version)
);

-- How many messages somebody has sent to a room.
create table sender (
    room_id uuid not null,
    user_id uuid not null,
    message_count bigint not null,
    primary key (room_id, user_id)
) with (fillfactor = 70);

-- Who is mentioned by which messages of a room, besides their senders. Everybody, by `@all`, is one row, of the nil id;
-- then those who are mentioned besides have none.
create table mention (
    room_id uuid not null,
    user_id uuid not null,
    -- The message's.
    ordinal bigint not null,
    sender_id uuid not null,
    primary key (room_id, user_id, ordinal)
);

-- How many messages of a room say nothing any more, deleted or erased, or mention everybody: of all senders (the nil id) and of each, in buckets of
-- ordinals. Bucket b of level n has the messages whose ordinal, shifted right by 7n bits, is b; there are three levels. So
-- those after an ordinal are summed from at most 128 messages or buckets of each level.
create table tally (
    room_id uuid not null,
    sender_id uuid not null,
    -- `gone`, `all`.
    kind text not null,
    level bigint not null,
    bucket bigint not null,
    count bigint not null,
    primary key (room_id, sender_id, kind, level, bucket)
) with (fillfactor = 70);

-- Indexes.

-- A room's messages, page by page both ways.
create unique index if not exists message_by_room on message (room_id, position);
-- A room's pinned messages, page by page.
create index if not exists message_pinned on message (room_id, position) where pinned;
-- What is searched, by place: the rows behind a segment of `search_segment`.
create index if not exists message_searched on message (position) where type = 'message' and not sealed;
-- Somebody's messages in a room, up to an ordinal: the last has their number.
create index if not exists message_by_sender on message (sender_id, room_id, ordinal) where type = 'message';
-- Those right after a place that say nothing any more.
create index if not exists message_gone on message (room_id, ordinal) include (sender_id)
    where status = 'deleted' or erased;
-- What somebody sent, to be purged once they are erased, and for auditors.
create index if not exists message_by_actor on message (sender_id, position) where type = 'message';
-- What others forwarded of somebody's.
create index if not exists message_by_author on message (author_id, position)
    where type = 'message' and author_id <> sender_id;
-- Messages with files, and what stands in secret rooms, by age: what ends in rooms that keep messages for a time only.
create index if not exists message_with_files on message (room_id, position) where files is not null;
create index if not exists message_sealed on message (room_id, position) where sealed and status <> 'deleted';
-- What was forwarded to a secret room: read models do not know whether its author is erased.
create index if not exists message_sealed_forward on message (room_id, position)
    where sealed and status <> 'deleted' and author_id <> sender_id;
