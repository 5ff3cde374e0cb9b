-- Keys that were destroyed, in the order of their destruction; and where read models are purged of what they sealed.

-- Processes hold keys in memory: they ask, or are told, what was destroyed since they last heard. Numbers are given under
-- the lock on `log.head`, so that their order is that of the commits.
create sequence keys.destruction;
alter table keys.key
    add column destroyed_as bigint,
    -- Whose key it was, if it was a person's: what they wrote is hidden wherever it stands, from the same moment on.
    add column erased_user uuid generated always as (
        case when wrapped is null and name ~ '^user/[0-9a-f-]{36}$' then substring(name from 6)::uuid end
    ) stored;
create index key_destroyed on keys.key (destroyed_as) where destroyed_as is not null;
create unique index key_erased_user on keys.key (erased_user) where erased_user is not null;

create function keys.number_destruction() returns trigger language plpgsql as $$
begin
    new.destroyed_as := nextval('keys.destruction');
    perform pg_notify('hansard_keys', ''); -- one a transaction, however many keys it destroys
    return new;
end $$;
create trigger key_is_made_destroyed before insert on keys.key
    for each row when (new.wrapped is null) execute function keys.number_destruction();
create trigger key_is_destroyed before update on keys.key
    for each row when (old.wrapped is not null and new.wrapped is null) execute function keys.number_destruction();
grant usage on sequence keys.destruction to hansard_writer;

-- Read models hold readable text. Queries hide it from the moment its key is gone; this is about its bytes.
alter table projection.generation
    -- Where the log ended when it was made: of keys that were destroyed up to there it has never held anything.
    add column made_at bigint not null default 0;

-- Which generations are to be purged of what people wrote and were whose keys are destroyed.
create table projection.purge (
    generation integer not null references projection.generation on delete cascade,
    user_id uuid not null,
    -- Of the event that erased them.
    position bigint not null,
    -- What they sent up to this position is purged.
    sent_up_to bigint not null default 0,
    -- Null while something is left.
    done_at timestamptz,
    primary key (generation, user_id)
);
create index purge_pending on projection.purge (position, generation) where done_at is null;
grant select, insert, update, delete on projection.purge to hansard_projector;
grant select on projection.purge to hansard_reader;
