-- Who may relay the log to the broker, and whatever else one process at a time does.

create schema relay;

do $$ begin create role hansard_writer nologin; exception when duplicate_object or unique_violation then null; end $$;

-- A lease is held until it expires or is let go. Nothing is guarded by it: two holders at once must be harmless.
create table relay.lease (
    name text collate "C" primary key,
    holder uuid not null,
    expires_at timestamptz not null -- by this server's clock
) with (fillfactor = 20); -- renewed every second: room for versions on its page

grant usage on schema relay to hansard_writer;
grant select, insert, update on relay.lease to hansard_writer;
