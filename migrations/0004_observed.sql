-- What is merely observed: no facts, so neither in the log nor in read models, which must equal a replay of it.

create schema observed;

-- When a session was last seen to ask for something, to within a minute.
create table observed.session (
    id uuid primary key,
    seen_at timestamptz not null
) with (fillfactor = 50); -- rows are rewritten where they are

-- Whoever answers queries sees sessions.
grant usage on schema observed to hansard_reader;
grant select, insert, update, delete on observed.session to hansard_reader;
