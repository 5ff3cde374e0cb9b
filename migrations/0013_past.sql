-- Read models as they were: generations that stay at a position, for whoever looks into them by hand.

alter table projection.generation
    drop constraint generation_state_check,
    add constraint generation_state_check check (state in ('filling', 'serving', 'retired', 'past')),
    -- Of one that is past: the schema with views over its tables.
    add column views text unique,
    add constraint views_are_of_the_past check ((views is null) or state = 'past');

-- The projector may make these schemas too.
create or replace function projection.create_schema(name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^(read_(v[1-9][0-9]{0,8}|check)|past_[a-z0-9_]{1,50})$' then
        raise exception 'no schema of read models: %', name using errcode = 'invalid_schema_name';
    end if;
    execute format('create schema %I authorization hansard_projector', name);
    execute format('grant usage on schema %I to hansard_reader', name);
end
$$;
