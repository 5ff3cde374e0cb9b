-- Erasures, as their receipts tell of them. What is still to be purged of them stands in projection.purge.
create table erasure (
    id uuid primary key,
    -- `message` and `file` of a secret room, `file` elsewhere for what it was called; `account`; `messages` that a room kept for
    -- a time only.
    kind text not null,
    -- The message, the file or the user: the id of the stream whose content cannot be read any more. Or the room.
    subject_id uuid not null,
    -- Names of the keys that were destroyed; what they wrapped ended with them.
    keys text[] not null,
    -- When and where in the log.
    created_at timestamptz not null,
    position bigint not null,
    -- Names of the bytes that were removed; known once it is finished.
    blobs text[] not null,
    -- The places in the log of what cannot be read any more; known once it is finished.
    positions bigint[] not null,
    -- Where the log says that no copy is left; none before.
    finished bigint
);

-- Indexes.

create index if not exists erasure_unfinished on erasure (position) where finished is null;
