-- The log, what it is guarded by, and the keys of what is sealed in it.

create schema log;
create schema keys;

-- Group roles are the cluster's, not the database's: another database may have made them already.
do $$ begin create role hansard_writer nologin; exception when duplicate_object or unique_violation then null; end $$;
grant hansard_writer to current_user;

create table log.head (
    single boolean primary key default true check (single),
    position bigint not null,
    recorded_at timestamptz not null,
    epoch integer not null,
    origin uuid not null
) with (fillfactor = 10); -- updated by every group: room for HOT updates
insert into log.head values (true, 0, 'epoch', 1, gen_random_uuid());

-- The first seven columns are postgres-es's. `json`, not `jsonb`: the stored text is what is hashed.
create table log.events (
    aggregate_type text collate "C" not null,
    aggregate_id text collate "C" not null,
    sequence bigint not null check (sequence > 0),
    event_type text collate "C" not null,
    event_version text collate "C" not null,
    payload json not null,
    metadata json not null,
    position bigint not null constraint events_position unique,
    event_id uuid not null,
    recorded_at timestamptz not null,
    constraint events_stream primary key (aggregate_type, aggregate_id, sequence)
);

create table log.receipts (
    scope text collate "C" not null,
    key text collate "C" not null,
    mac bytea not null,
    answer json not null,
    position bigint not null,
    primary key (scope, key)
);

create table log.claims (
    kind text collate "C" not null,
    digest bytea not null,
    owner text collate "C" not null,
    primary key (kind, digest)
);

-- A destroyed key keeps its row: "destroyed" differs from "never was".
create table keys.key (
    name text collate "C" primary key,
    wrapped bytea,
    master_version integer, -- of what the master key wraps; null where another key does
    destroyed_at timestamptz,
    labels text[] collate "C" not null generated always as (string_to_array(name, '/')) stored,
    check ((wrapped is null) = (destroyed_at is not null))
);
create index key_labels on keys.key using gin (labels); -- all keys of a user or a room
create index key_master on keys.key (master_version) where master_version is not null; -- rotation

create function log.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the log is append-only' using errcode = 'HS002';
end $$;
create trigger events_are_kept before update or delete or truncate on log.events
    for each statement execute function log.refuse_change();

-- Appends a group of commands: each of them whole or not at all, all in one commit, in their order.
--
-- A procedure that commits itself, for two reasons: each of its statements takes a fresh snapshot, so what is checked
-- under the lock on `head` is what is true under it; and the lock is gone before the client reads the answer.
--
-- Commands are numbered from 1. What no two commands of a group may touch together (a stream, claim, receipt or key)
-- the caller has sorted out; guards and keys are listed once and pointed at by `*_use_*`.
-- The first `guards_known` guards and `keys_known` keys were found to fit before, and still do if the log ends at
-- `known_position`: then nobody else has appended, and they are not looked at.
-- `status` of each command: 0 appended, 1 a stream moved, 2 a claim is taken, 3 a key is destroyed or was made by
-- another, 4 a receipt is there. `first_position` is that of the group's first event.
create procedure log.append(
    expected_epoch integer,
    known_position bigint, guards_known integer, keys_known integer,
    guard_type text[], guard_id text[], guard_sequence bigint[],
    guard_use_command integer[], guard_use_guard integer[],
    claim_command integer[], claim_kind text[], claim_digest bytea[], claim_owner text[], claim_take boolean[],
    key_name text[], key_wrapped bytea[], key_master_version integer[],
    key_use_command integer[], key_use_key integer[],
    destroy_command integer[], destroy_name text[],
    receipt_command integer[], receipt_scope text[], receipt_key text[], receipt_mac bytea[], receipt_answer text[],
    event_command integer[], event_aggregate_type text[], event_aggregate_id text[], event_sequence bigint[],
    event_event_type text[], event_event_version text[], event_payload text[], event_metadata text[],
    event_event_id uuid[],
    inout status integer[],
    inout first_position bigint,
    inout appended_at timestamptz
) language plpgsql as $$
declare
    before log.head%rowtype;
    fits boolean[];
    failed record;
    appended bigint;
begin
    select * into strict before from log.head for update;
    if before.epoch <> expected_epoch then
        raise exception 'epoch % is over', expected_epoch using errcode = 'HS001';
    end if;

    if before.position <> known_position then
        guards_known := 0;
        keys_known := 0;
    end if;

    -- `limit 1` under `lateral` leaves one plan: a probe of the primary key for each guard, however long the log is.
    if cardinality(guard_type) > guards_known then
        select array_agg(coalesce(last.sequence, 0) = guard.sequence order by guard.ordinality) into fits
        from unnest(guard_type[guards_known + 1:], guard_id[guards_known + 1:], guard_sequence[guards_known + 1:])
            with ordinality as guard (type, id, sequence, ordinality)
        left join lateral (
            select e.sequence from log.events e
            where e.aggregate_type = guard.type and e.aggregate_id = guard.id
            order by e.sequence desc limit 1
        ) last on true;
        if false = any (fits) then
            for failed in
                select u.command from unnest(guard_use_command, guard_use_guard) u (command, guard)
                where not fits[u.guard - guards_known]
            loop
                status[failed.command] := 1;
            end loop;
        end if;
    end if;

    if cardinality(claim_command) > 0 then
        for failed in
            select c.command
            from unnest(claim_command, claim_kind, claim_digest, claim_owner, claim_take) c (command, kind, digest, owner, take)
            join log.claims t on t.kind = c.kind and t.digest = c.digest
            where c.take and t.owner <> c.owner and status[c.command] = 0
        loop
            status[failed.command] := 2;
        end loop;
    end if;

    if cardinality(key_name) > keys_known then
        -- Where the key is on record it must be alive, and ours if we made it; where it is not, we must have made it.
        select array_agg(
            case when k.name is null then new.wrapped is not null
                 else k.wrapped is not null and (new.wrapped is null or new.wrapped = k.wrapped) end
            order by new.ordinality) into fits
        from unnest(key_name[keys_known + 1:], key_wrapped[keys_known + 1:])
            with ordinality as new (name, wrapped, ordinality)
        left join lateral (select r.name, r.wrapped from keys.key r where r.name = new.name limit 1) k on true;
        if false = any (fits) then
            for failed in
                select u.command from unnest(key_use_command, key_use_key) u (command, key)
                where not fits[u.key - keys_known] and status[u.command] = 0
            loop
                status[failed.command] := 3;
            end loop;
        end if;
    end if;

    if cardinality(receipt_command) > 0 then
        for failed in
            select r.command from unnest(receipt_command, receipt_scope, receipt_key) r (command, scope, key)
            join log.receipts t on t.scope = r.scope and t.key = r.key
        loop
            status[failed.command] := 4;
        end loop;
    end if;

    appended_at := greatest(clock_timestamp(), before.recorded_at);
    first_position := before.position + 1;
    insert into log.events
        (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, event_id, recorded_at)
    select e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::json, e.metadata::json,
        before.position + row_number() over (order by e.ordinality), e.event_id, appended_at
    from unnest(event_command, event_aggregate_type, event_aggregate_id, event_sequence, event_event_type,
            event_event_version, event_payload, event_metadata, event_event_id) with ordinality
        as e (command, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id, ordinality)
    where status[e.command] = 0;
    get diagnostics appended = row_count;

    if cardinality(claim_command) > 0 then
        delete from log.claims t
        using unnest(claim_command, claim_kind, claim_digest, claim_owner, claim_take) c (command, kind, digest, owner, take)
        where not c.take and t.kind = c.kind and t.digest = c.digest and t.owner = c.owner and status[c.command] = 0;
        insert into log.claims
        select c.kind, c.digest, c.owner
        from unnest(claim_command, claim_kind, claim_digest, claim_owner, claim_take) c (command, kind, digest, owner, take)
        where c.take and status[c.command] = 0
        on conflict do nothing; -- claimed again by its owner
    end if;

    if exists (select from unnest(key_wrapped) w where w is not null) then
        insert into keys.key (name, wrapped, master_version)
        select distinct on (k.name) k.name, k.wrapped, k.master_version
        from unnest(key_name, key_wrapped, key_master_version) with ordinality as k (name, wrapped, master_version, ordinality)
        join unnest(key_use_command, key_use_key) u (command, key) on u.key = k.ordinality
        where k.wrapped is not null and status[u.command] = 0
        on conflict do nothing; -- made by an earlier group of ours
    end if;
    if cardinality(destroy_command) > 0 then
        insert into keys.key (name, wrapped, destroyed_at)
        select distinct d.name, null::bytea, appended_at
        from unnest(destroy_command, destroy_name) d (command, name) where status[d.command] = 0
        on conflict (name) do update
            set wrapped = null, master_version = null, destroyed_at = coalesce(keys.key.destroyed_at, excluded.destroyed_at);
    end if;

    if cardinality(receipt_command) > 0 then
        insert into log.receipts (scope, key, mac, answer, position)
        select r.scope, r.key, r.mac, r.answer::json, placed.position
        from unnest(receipt_command, receipt_scope, receipt_key, receipt_mac, receipt_answer)
            r (command, scope, key, mac, answer)
        join (
            select p.command, max(p.position) as position
            from (
                select e.command, before.position + row_number() over (order by e.ordinality) as position
                from unnest(event_command) with ordinality e (command, ordinality) where status[e.command] = 0
            ) p
            group by p.command
        ) placed on placed.command = r.command;
    end if;

    if appended > 0 then
        update log.head set position = before.position + appended, recorded_at = appended_at;
        perform pg_notify('hansard_log', (before.position + appended)::text); -- one a group: one a command costs 7 times
    end if;
    commit;
end $$;

grant usage on schema log, keys to hansard_writer;
grant select, insert on log.events, log.receipts to hansard_writer;
grant select, insert, delete on log.claims to hansard_writer;
grant select, update on log.head to hansard_writer;
grant select, insert, update (wrapped, master_version, destroyed_at) on keys.key to hansard_writer;
grant execute on procedure log.append to hansard_writer;
