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
    -- Position of the first of those that stand: the order in which they are shown.
    first_position bigint not null,
    primary key (message_id, emoji)
) with (fillfactor = 70);

-- Indexes.

-- What is shown of a message: the emoji that were used first.
create index if not exists reaction_count_by_use on reaction_count (message_id, first_position);
