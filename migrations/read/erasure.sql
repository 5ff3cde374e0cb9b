-- Erasures, as their receipts tell of them. What is still to be purged stands in projection.purge.
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
    position bigint not null
);
