-- Erasures, as their receipts tell of them. What is still to be purged of them stands in projection.purge.
create table erasure (
    id uuid primary key,
    -- `message` of a secret room, `account`.
    kind text not null,
    -- The message or the user: the id of the stream whose content cannot be read any more.
    subject_id uuid not null,
    -- Names of the keys that were destroyed; what they wrapped ended with them.
    keys text[] not null,
    -- When and where in the log.
    created_at timestamptz not null,
    position bigint not null,
    -- Names of the bytes that were removed; known once it is finished.
    blobs text[] not null,
    -- Where the log says that no copy is left; none before.
    finished bigint
);

-- Indexes.

create index erasure_unfinished on erasure (position) where finished is null;
