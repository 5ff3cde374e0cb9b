-- Messages but those of secret rooms, some thousands at a time in order of position, whose index is in search_bucket; the
-- last segment is open, and its messages are looked at one by one. Full, it is sealed: from then on its bytes stay, which
-- hold no text.
create table search_segment (
    -- Of its first and of its last message.
    first_position bigint primary key,
    last_position bigint not null,
    messages bigint not null,
    -- Bytes of the events that gave its messages their texts.
    weight bigint not null,
    -- Its messages were sent from then to then.
    sent_from timestamptz not null,
    sent_to timestamptz not null,
    -- Of each of its messages, the position, and keys of the room and of the sender; none while it is open.
    positions bytea,
    rooms bytea,
    senders bytea
);
-- Not compressed: it would cost more than it saves.
alter table search_segment alter positions set storage external, alter rooms set storage external,
    alter senders set storage external;

-- The grams of a sealed segment's messages, dealt out into buckets, each gram with the messages that have it.
create table search_bucket (
    bucket bigint not null,
    -- The segment's first position.
    segment bigint not null,
    grams bytea not null,
    primary key (bucket, segment)
) with (toast_tuple_target = 8160); -- a row of a kilobyte or some, in one piece
alter table search_bucket alter grams set storage external;
