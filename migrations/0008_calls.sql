-- When somebody was last seen on a socket, whatever session it is of. Who answers sockets writes it when one opens, at least
-- every 10 s while it is open, and when it closes. That somebody was seen is no fact: of calls, whoever was not seen for 30 s has
-- left, and that is one (docs/adr/0019-calls.md).
create table observed.socket (
    user_id uuid primary key,
    seen_at timestamptz not null
) with (fillfactor = 50); -- rows are rewritten where they are
grant select, insert, update, delete on observed.socket to hansard_reader;
