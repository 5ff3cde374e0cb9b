-- The record: a Merkle tree over the log (RFC 6962), whose heads are signed. All of it can be computed from the log again,
-- but for the signatures.

create schema record;

do $$
begin
    begin
        create role hansard_sealer nologin;
    exception when duplicate_object or unique_violation then null;
    end;
    begin
        grant hansard_sealer to current_user;
    exception when unique_violation then null;
    end;
end
$$;

-- How many events the tree covers: one row.
create table record.tree (
    one boolean primary key default true check (one),
    size bigint not null
);
insert into record.tree (size) values (0);

-- C2SP tlog-tiles: up to 256 hashes of 32 bytes. A full one never changes, and others only grow.
create table record.tile (
    level smallint not null,
    index bigint not null,
    hashes bytea not null,
    primary key (level, index)
);
-- Hashes do not compress.
alter table record.tile alter column hashes set storage external;

-- Signed heads: the last of each minute stays.
create table record.checkpoint (
    -- `log.head.origin`: which history of the log.
    origin uuid not null,
    size bigint not null,
    -- A signed note.
    note text not null,
    signed_at timestamptz not null,
    primary key (origin, size)
);

-- Keys that verify heads, as C2SP vkeys: of each history those that signed its last head, the newest first.
create table record.verifier (
    origin uuid not null,
    number smallint not null,
    vkey text not null,
    primary key (origin, number)
);

grant usage on schema record to hansard_sealer, hansard_reader;
grant select, update on record.tree to hansard_sealer;
grant select, insert, update on record.tile to hansard_sealer;
grant select, insert, delete on record.checkpoint to hansard_sealer;
grant select, insert, delete on record.verifier to hansard_sealer;
grant select on all tables in schema record to hansard_reader;

grant usage on schema log to hansard_sealer;
grant select on log.events, log.head to hansard_sealer;
