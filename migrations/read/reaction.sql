-- Somebody's reactions to a message: at most 20, but for what an import tells.
create table reaction (
    message_id uuid not null,
    user_id uuid not null,
    -- In the order in which they came; an emoji may be any short text.
    emoji text[] not null,
    -- Last sequence of stream `reaction-{message}:{user}`.
    version bigint not null,
    primary key (message_id, user_id)
) with (fillfactor = 70);

-- How many reacted to a message with one emoji: at least one. Of a deleted message rows stay: what shows them looks at
-- its status.
create table reaction_count (
    message_id uuid not null,
    emoji text collate "C" not null,
    count bigint not null,
    primary key (message_id, emoji)
) with (fillfactor = 70);

-- Indexes.

-- What is shown of a message: what most chose.
create index if not exists reaction_count_by_count on reaction_count (message_id, count desc, emoji);
-- Somebody's own.
create index if not exists reaction_by_user on reaction (user_id, message_id) where emoji <> '{}';
