-- Read models: their generations, how far each has come, and what could not be projected.
--
-- The tables of a generation live in a schema of their own (`read_v3`), made by the projector from `migrations/read/`;
-- schema `read` holds views over the generation that serves. Queries name `read.<table>` alone.

create schema projection;
create schema read;

-- Group roles; several databases of one cluster may make them at the same moment.
do $$
begin
    begin
        create role hansard_projector nologin;
    exception when duplicate_object or unique_violation then null;
    end;
    begin
        create role hansard_reader nologin;
    exception when duplicate_object or unique_violation then null;
    end;
    begin
        grant hansard_projector, hansard_reader to current_user;
    exception when unique_violation then null;
    end;
end
$$;

-- A set of read-model tables, filled from one log.
create table projection.generation (
    generation integer primary key check (generation between 1 and 999999999),
    -- `filling` until it is switched to, `retired` when another serves: kept until told.
    state text not null check (state in ('filling', 'serving', 'retired')),
    created_at timestamptz not null default now(),
    served_at timestamptz
);

-- One serves.
create unique index generation_serving on projection.generation (state) where state = 'serving';

-- Which version of each projection filled a generation: other code rebuilds it.
create table projection.version (
    generation integer not null references projection.generation on delete cascade,
    projection text not null,
    version integer not null,
    primary key (generation, projection)
);

-- How far a generation has come: all of its tables hold exactly the events up to here.
create table projection.checkpoint (
    generation integer primary key references projection.generation on delete cascade,
    epoch integer not null,
    position bigint not null,
    -- The event at that position (none at 0). A log that holds another there is another history.
    event_id uuid,
    recorded_at timestamptz,
    check ((position = 0) = (event_id is null) and (position = 0) = (recorded_at is null))
) with (fillfactor = 20); -- one row that is rewritten with every batch: room for versions on its page

-- Streams that stopped at an event which could not be projected: that event and all later ones of the stream are left
-- out of the payload's read models, other streams go on. A rebuild tries them again.
create table projection.parked (
    generation integer not null references projection.generation on delete cascade,
    aggregate_type text not null,
    aggregate_id text not null,
    -- The event that could not be projected.
    sequence bigint not null,
    position bigint not null,
    event_type text not null,
    reason text not null,
    -- Later events of the stream that were left out.
    skipped bigint not null default 0,
    primary key (generation, aggregate_type, aggregate_id)
);

-- Makes the schema of a generation, or the scratch schema of a verification, for the projector, who may not make
-- schemas of other names.
create function projection.create_schema(name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^read_(v[1-9][0-9]{0,8}|check)$' then
        raise exception 'no schema of read models: %', name using errcode = 'invalid_schema_name';
    end if;
    execute format('create schema %I authorization hansard_projector', name);
    execute format('grant usage on schema %I to hansard_reader', name);
end
$$;

-- Points the views of schema `read` at a generation's tables. Views whose columns stay keep their identity, so that
-- prepared statements stay valid. `read.checkpoint` names its generation as a constant: a statement that holds any of
-- these views holds off the switch, and so sees tables and position of the same generation.
create function projection.serve(chosen integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    source text := format('read_v%s', chosen);
    name text;
begin
    -- First, as queries begin with it: whoever waits for the other then holds nothing that the other needs.
    execute format(
        'create or replace view read.checkpoint as '
        'select generation, epoch, position from projection.checkpoint where generation = %s', chosen);
    for name in
        select c.relname from pg_class c
        where c.relnamespace = 'read'::regnamespace and c.relkind = 'v' and c.relname <> 'checkpoint'
            and not exists (
                select from pg_class t
                where t.relnamespace = source::regnamespace and t.relkind = 'r' and t.relname = c.relname)
    loop
        execute format('drop view read.%I', name);
    end loop;
    for name in
        select t.relname from pg_class t
        where t.relnamespace = source::regnamespace and t.relkind = 'r' order by t.relname
    loop
        begin
            execute format('create or replace view read.%I as select * from %I.%I', name, source, name);
        exception when invalid_table_definition then -- other columns than before
            execute format('drop view read.%I', name);
            execute format('create view read.%I as select * from %I.%I', name, source, name);
        end;
    end loop;
end
$$;

revoke all on function projection.create_schema(text), projection.serve(integer) from public;
grant execute on function projection.create_schema(text), projection.serve(integer) to hansard_projector;

grant usage on schema projection, read to hansard_projector, hansard_reader;
grant create on schema read to hansard_projector;
grant select, insert, update, delete on all tables in schema projection to hansard_projector;
grant select on all tables in schema projection to hansard_reader;
-- Tables of every generation and the views over them are the projector's.
alter default privileges for role hansard_projector grant select on tables to hansard_reader;

-- Projecting reads the log and opens what is sealed; queries compare versions with the log and open it for auditors.
grant usage on schema log, keys to hansard_projector, hansard_reader;
grant select on log.events, log.head to hansard_projector, hansard_reader;
grant select on all tables in schema keys to hansard_projector, hansard_reader;
