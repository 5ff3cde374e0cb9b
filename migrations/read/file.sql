-- Files: who has which bytes, and who may see them.

create table file (
    id uuid primary key,
    owner_id uuid not null,
    -- Who uploaded it in the beginning: with their key it ends, forwarded or not.
    author_id uuid not null,
    -- None once it is deleted or its key is destroyed, and of a secret room's, which stands in the log alone, sealed.
    filename text,
    -- Whether it is of a secret room: opened for each who asks.
    sealed boolean not null,
    -- What its bytes are called where blobs are kept. None if an import told of it without them: then `size` and `type`
    -- are as it told.
    blob text collate "C",
    -- Hex. None of a secret room's.
    sha256 text,
    size bigint not null,
    type text not null,
    -- Of an image.
    width bigint,
    height bigint,
    -- What the bytes of its preview are called, and what they are; the digest is none of a secret room's.
    preview text collate "C",
    preview_sha256 text,
    preview_size bigint,
    preview_type text,
    -- The secret room that it is for.
    room_id uuid,
    -- The file that a forward made it of.
    forwarded_from uuid,
    uploaded_at timestamptz not null,
    deleted boolean not null,
    -- Of its making.
    position bigint not null,
    -- Last sequence of stream `file-{id}`.
    version bigint not null
);

-- Who may see a file besides its owner. One that is deleted keeps its rows: what looks at them looks at the file first.
create table file_permission (
    file_id uuid not null,
    -- A person, or a room.
    grantee_id uuid not null,
    is_room boolean not null,
    -- What it came there by: messages, or the nil id if its owner gave it. Empty if nothing is left.
    ways uuid[] not null,
    -- The positions of these.
    positions bigint[] not null,
    -- Of the first.
    granted_at timestamptz not null,
    primary key (file_id, grantee_id)
);

-- How many of somebody's files refer to a blob.
create table file_reference (
    user_id uuid not null,
    blob text collate "C" not null,
    files bigint not null,
    primary key (user_id, blob)
);

-- What counts against somebody's quota: their files, and the bytes of the different blobs that these refer to. Files made of
-- those of somebody who is erased count nothing: their bytes go.
create table file_usage (
    user_id uuid primary key,
    files bigint not null,
    bytes bigint not null
) with (fillfactor = 70);

-- Indexes.

-- Somebody's files, for their export.
create index if not exists file_by_owner on file (owner_id, id) where not deleted;
-- Somebody's copies of others' files, deleted ones too: their bytes go with them, unless somebody else has them.
create index if not exists file_copied on file (owner_id) where owner_id <> author_id;
-- What is purged once somebody is erased.
create index if not exists file_by_author on file (author_id);
-- Which records refer to a blob, or did: by whose end it went is told in receipts.
create index if not exists file_by_blob on file (blob);
create index if not exists file_by_preview on file (preview) where preview is not null;
-- Bytes of secret rooms' files that are destroyed.
create index if not exists file_destroyed on file (blob) where deleted and sealed;
create index if not exists preview_destroyed on file (preview) where deleted and sealed and preview is not null;
