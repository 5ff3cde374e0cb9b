-- Appending as in 0001_log.sql, for less where all commands of a group are written, no key of theirs is new, and nobody else
-- appends.

-- Appends a group of commands: each of them whole or not at all, all in one commit, in their order.
--
-- A procedure that commits itself, for two reasons: each of its statements takes a fresh snapshot, so what is checked
-- under the lock on `head` is what is true under it; and the lock is gone before the client reads the answer.
--
-- Commands are numbered from 1. What no two commands of a group may touch together (a stream, claim, receipt or key)
-- the caller has sorted out; guards and keys are listed once and pointed at by `*_use_*`.
-- The first `guards_known` guards and `keys_known` keys were found to fit before, and still do if the log ends at
-- `known_position`: then nobody else has appended, and they are not looked at. Where `guards_known` is -1 they are left out: if
-- somebody else has appended nothing is done, `first_position` is 0, and the caller comes again with all of them.
-- `status` of each command: 0 appended, 1 a stream moved, 2 a claim is taken, 3 a key is destroyed or was made by
-- another, 4 a receipt is there. `first_position` is that of the group's first event.
create or replace procedure log.append(
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

    if guards_known < 0 and before.position <> known_position then
        first_position := 0;
        appended_at := before.recorded_at;
        commit;
        return;
    end if;
    if guards_known < 0 or before.position <> known_position then
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
    if 0 = all (status) then
        -- Every one of them, as nearly always: their order is that of the arrays. Selected, arrays are taken apart row by row, all at
        -- once; in `from` each is first put into a table of its own, and to be numbered its rows into one more.
        insert into log.events
            (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, event_id, recorded_at)
        select e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::json, e.metadata::json,
            before.position + e.place, e.event_id, appended_at
        from (
            select unnest(event_aggregate_type) as aggregate_type, unnest(event_aggregate_id) as aggregate_id,
                unnest(event_sequence) as sequence, unnest(event_event_type) as event_type,
                unnest(event_event_version) as event_version, unnest(event_payload) as payload,
                unnest(event_metadata) as metadata, unnest(event_event_id) as event_id,
                generate_subscripts(event_event_id, 1) as place
        ) e;
    else
        insert into log.events
            (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, event_id, recorded_at)
        select e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload::json, e.metadata::json,
            before.position + row_number() over (order by e.ordinality), e.event_id, appended_at
        from unnest(event_command, event_aggregate_type, event_aggregate_id, event_sequence, event_event_type,
                event_event_version, event_payload, event_metadata, event_event_id) with ordinality
            as e (command, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id, ordinality)
        where status[e.command] = 0;
    end if;
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

    if cardinality(key_name) > keys_known then -- those that are known are on record
        if exists (select from unnest(key_wrapped) w where w is not null) then
            insert into keys.key (name, wrapped, master_version)
            select distinct on (k.name) k.name, k.wrapped, k.master_version
            from unnest(key_name, key_wrapped, key_master_version) with ordinality as k (name, wrapped, master_version, ordinality)
            join unnest(key_use_command, key_use_key) u (command, key) on u.key = k.ordinality
            where k.wrapped is not null and status[u.command] = 0
            on conflict do nothing; -- made by an earlier group of ours
        end if;
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
