-- What is observed of blobs: since when nothing refers to which, and which are gone. The collector looks at what lies in the
-- blob store, so that this may be lost: what nothing refers to is then kept a while longer.
create table observed.blob (
    name text collate "C" primary key,
    unreferenced_since timestamptz not null,
    -- Its bytes are gone for good: no name comes back.
    removed_at timestamptz
);
grant select, insert, update, delete on observed.blob to hansard_reader;
