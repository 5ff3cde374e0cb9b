//! However large the tables are, queries walk indexes.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::room::{RoomType, Visibility};
use serde_json::Value;
use tokio::time::sleep;

use crate::facts::USUAL;
use crate::world::World;

/// Tables that grow with what is said: no query reads one from end to end.
const LARGE: &str = "'events', 'message', 'message_version', 'reaction', 'reaction_count', 'mention', 'tally', 'membership', \
    'invite', 'reading', 'indexed_event', 'session', 'account', 'block', 'search_bucket', 'key'";

#[tokio::test]
async fn no_query_reads_a_large_table_from_end_to_end() {
    let world = World::new().await;
    let (auditor, bob) = (world.auditor("ada").await, world.person("bob").await);
    let room = world.private_room(&auditor).await;
    world.joins(room, &bob).await;
    let message = world.sends(room, &bob, "hello").await;
    world.edits(room, &bob, message, "hello!").await;
    let secret = world.room_of_type(RoomType::Secret, &auditor, Visibility::Private, &USUAL).await;
    let whispered = world.sends(secret, &auditor, "pssst").await;
    world.reacts(secret, &auditor, whispered, "a", 0).await;
    fill(&world, room).await;
    let before = counted(&world, "seq_scan", LARGE).await;

    let room = format!("/v1/rooms/{room}");
    let after = world.get(&auditor, &format!("{room}/messages")).await.expect(200).body["before"].clone();
    let after = after.as_str().unwrap();
    for path in [
        "/v1/users/me".to_owned(),
        "/v1/sessions".to_owned(),
        "/v1/users/me/blocks".to_owned(),
        "/v1/rooms".to_owned(),
        "/v1/users?q=absent".to_owned(),
        "/v1/users?q=x".to_owned(),
        "/v1/users?q=x@example.org".to_owned(),
        room.clone(),
        format!("{room}/members"),
        format!("{room}/membership"),
        format!("{room}/bans"),
        format!("{room}/invites"),
        format!("{room}/messages?after={after}"),
        format!("{room}/messages?around={message}"),
        format!("{room}/messages?pinned=true"),
        format!("{room}/messages?pinned=true&after={after}"),
        format!("{room}/messages/{message}/versions"),
        format!("/v1/rooms/{secret}/messages"),
        format!("{room}/messages/{message}/seen"),
        format!("{room}/members/{}/permissions", bob.id),
        "/v1/search?q=hello+there+from:bob+in:room+before:2999".to_owned(),
        "/v1/search?q=x&limit=1".to_owned(),
        format!("/v1/search?q=xyz&room={}&sender={}", &room[10..], bob.id),
    ] {
        // Often enough that plans are kept for whatever the parameters are.
        for _ in 0..7 {
            world.get(&auditor, &path).await.expect(200);
        }
    }
    for query in [
        format!("actor={}", bob.id),
        "type=message_edited".to_owned(),
        format!("room={}", &room[10..]),
        format!("stream=message-{message}"),
        "after=9000".to_owned(),
        "from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z".to_owned(),
    ] {
        let path = format!("/v1/audit/events?open=true&until=9000&{query}");
        sqlx::raw_sql("update projection.checkpoint set position = 10000000").execute(&world.pool).await.unwrap();
        world.get_with(&auditor, &path, &[("audit-reason", "plans")]).await.expect(200);
    }
    let after = counted(&world, "seq_scan", LARGE).await;
    assert_eq!(after, before);
    world.end().await;
}

/// So much that walking an index pays.
async fn fill(world: &World, room: uuid::Uuid) {
    // Of each segment the first three messages have an x.
    let bucket = concordance::bucket::of("x");
    let nobody = uuid::Uuid::nil();
    let sql = format!(
        "insert into read.account (id, email_verified, display_name, folded, password_set, generation, roles, suspended, \
                 created_at, erased, version) \
             select gen_random_uuid(), false, 'x', 'x', false, 0, '{{}}', false, now(), false, 1 \
             from generate_series(1, 20000); \
         insert into keys.key (name, wrapped, master_version) \
             select 'user/' || id, '\\x00', 1 from read.account on conflict do nothing; \
         insert into read.session (id, user_id, secret_sha256, generation, created_at, expires_at, ended, version) \
             select gen_random_uuid(), a.id, '', 0, now(), now(), false, 1 from read.account a; \
         insert into read.membership (room_id, user_id, present, roles, joined_at, joined_position, version) \
             select '{room}', a.id, true, '{{}}', now(), 1000 + row_number() over (), 1 from read.account a \
             on conflict do nothing; \
         update read.membership set banned_position = joined_position, banned_at = now(), banned_by = user_id \
             where joined_position >= 1000; \
         insert into read.invite (id, room_id, created_by, created_at, position, uses, revoked, version) \
             select gen_random_uuid(), '{room}', gen_random_uuid(), now(), p, 0, false, 1 from generate_series(1, 20000) p; \
         insert into read.block \
             select u.id, a.id, true, now(), row_number() over () from read.account a, \
                 (select id from read.account limit 2) u; \
         insert into read.reading (room_id, user_id, position, version) \
             select m.room_id, m.user_id, m.joined_position, 1 from read.membership m; \
         insert into log.events \
             select 'message', gen_random_uuid()::text, 1, 'message_sent', '1', '{{}}', '{{}}', p, gen_random_uuid(), now() \
             from generate_series(1000, 21000) p; \
         update log.head set position = 21000; \
         insert into read.message (id, room_id, sender_id, author_id, type, position, ordinal, sender_ordinal, status, text, \
                 sealed, erased, pinned, sent_at, worded_version, worded_position, version, told) \
             select aggregate_id::uuid, '{room}', event_id, event_id, 'message', position, position, 1, 'sent', 'x', \
                 false, false, position % 100 = 0, now(), 1, position, 1, position % 2 = 0 \
             from log.events where position >= 1000; \
         update read.room_activity set message_count = 21000 where room_id = '{room}'; \
         insert into read.mention (room_id, user_id, ordinal, sender_id) \
             select room_id, case when ordinal % 2 = 0 then gen_random_uuid() else '{nobody}' end, ordinal, sender_id \
             from read.message; \
         insert into read.tally (room_id, sender_id, kind, level, bucket, count) \
             select '{room}', s, kind, level, bucket, 1 from (values ('gone'), ('all')) k (kind), \
                 generate_series(1, 3) level, generate_series(0, 200) bucket, unnest(array['{nobody}', gen_random_uuid()]) s; \
         insert into read.message_version (message_id, author_id, version, text, at, position) \
             select id, author_id, 1, 'x', now(), position from read.message on conflict do nothing; \
         insert into read.reaction (message_id, user_id, emoji, version) \
             select id, gen_random_uuid(), '{{x}}', 1 from read.message; \
         insert into read.reaction_count (message_id, emoji, count) \
             select id, 'x', 1 from read.message; \
         insert into read.indexed_event (position, event_type, room_id, actor_id) \
             select position, event_type, '{room}', gen_random_uuid() from log.events \
             where position < 1000 or position % 2 = 1 on conflict do nothing; \
         insert into read.search_segment \
             select 1000 + 1000 * s, 1999 + 1000 * s, 1000, 0, now(), now(), \
                 case when s < 20 then '\\x00'::bytea || decode(repeat('01', 999), 'hex') end, '\\x'::bytea, '\\x'::bytea \
             from generate_series(0, 20) s; \
         insert into read.search_bucket \
             select b, 1000 + 1000 * s, case when b = {bucket} then '\\x01780403000000' else '\\x' end::bytea \
             from generate_series(0, 511) b, generate_series(0, 19) s; \
         update projection.checkpoint set position = 21000; \
         analyze;"
    );
    sqlx::raw_sql(&sql).execute(&world.pool).await.unwrap();
}

/// How often each of these tables was read so: `seq_scan`, from end to end; `idx_scan`, by an index.
pub(crate) async fn counted(world: &World, how: &str, tables: &str) -> BTreeMap<String, i64> {
    // A connection tells its counts at the latest when it ends.
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
        where datname = current_database() and application_name = 'hansard_reader'";
    while sqlx::query_scalar::<_, i64>(end).fetch_one(&world.pool).await.unwrap() > 0 {
        // Polls: nothing tells when a backend is gone.
        sleep(Duration::from_millis(20)).await;
    }
    let sql = format!(
        "select pg_stat_force_next_flush()::text, coalesce(json_object_agg(relname, {how}), '{{}}') \
         from pg_stat_user_tables where schemaname in ('log', 'keys', 'read_v1') and relname in ({tables})"
    );
    let (_, scans): (String, Value) = sqlx::query_as(&sql).fetch_one(&world.pool).await.unwrap();
    serde_json::from_value(scans).unwrap()
}
