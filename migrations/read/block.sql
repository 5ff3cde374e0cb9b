-- Whom somebody keeps from opening dialogs with them and from writing to them in rooms of two.
create table block (
    -- Who blocks.
    user_id uuid not null,
    blocked_id uuid not null,
    present boolean not null,
    -- When and where in the log they were blocked last.
    blocked_at timestamptz not null,
    blocked_position bigint not null,
    primary key (user_id, blocked_id)
);

-- Indexes.

-- Whom one blocks, page by page, in the order of blocking.
create unique index if not exists block_by_position on block (user_id, blocked_position) where present;
