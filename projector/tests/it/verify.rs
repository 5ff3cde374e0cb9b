//! Verifying finds any row that is not what the log says.

use projector::ProjectorError;

use crate::facts::{a_bit_of_everything, sent};
use crate::projecting::{World, tables_served};

/// A change of one row, by hand, of each table.
const CHANGES: [(&str, &str); 26] = [
    ("account", "display_name = 'mallory'"),
    ("block", "present = not present"),
    ("call", "outcome = 'missed'"),
    ("call_participant", "earlier_ms = earlier_ms + 1"),
    ("erasure", "keys = '{}'"),
    ("file", "size = size + 1"),
    ("file_permission", "ways = '{}'"),
    ("file_reference", "files = files + 1"),
    ("file_usage", "bytes = bytes + 1"),
    ("indexed_event", "actor_id = null"),
    ("invite", "uses = uses + 1"),
    ("membership", "present = not present"),
    ("mention", "sender_id = room_id"),
    ("message", "text = 'something else'"),
    ("message_version", "at = at + interval '1 millisecond'"),
    ("reaction", "emoji = '{}'"),
    ("reaction_count", "count = count + 1"),
    ("reading", "position = position + 1"),
    ("room", "archived = true"),
    ("room_activity", "member_count = 0"),
    ("search_bucket", "grams = ''"),
    ("search_segment", "weight = 0"),
    ("sender", "message_count = 0"),
    ("session", "ended = true"),
    ("settings", "settings = '{}'"),
    ("tally", "count = count + 1"),
];

/// What a verification holds while it uses the scratch schema.
const SCRATCH_LOCK: i64 = 0x4841_4e53_4152_4402;

async fn world() -> World {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    world
}

async fn execute(world: &World, sql: &str) {
    sqlx::raw_sql(sql).execute(&world.database.owner).await.unwrap();
}

#[tokio::test]
async fn what_was_projected_verifies_clean_and_leaves_nothing_behind() {
    let world = world().await;
    let report = world.verify().await;
    assert!(report.is_clean(), "{:?}", report.difference);
    assert_eq!((report.generation, report.position), (1, i64::try_from(a_bit_of_everything().len()).unwrap()));
    assert_eq!(report.tables.len(), CHANGES.len());
    assert!(report.tables.iter().all(|table| table.rows > 0), "{:?}", report.tables);
    let schemas: Vec<String> =
        sqlx::query_scalar("select nspname::text from pg_namespace where nspname like 'read%' order by 1")
            .fetch_all(&world.database.owner)
            .await
            .unwrap();
    assert_eq!(schemas, ["read", "read_v1"]);
    world.database.drop().await;
}

#[tokio::test]
async fn one_changed_row_of_any_table_is_found() {
    let world = world().await;
    assert_eq!(tables_served(&world.database.owner).await, CHANGES.map(|(table, _)| table), "every table is tried");
    for (table, change) in CHANGES {
        execute(&world, &format!("create table kept as select * from read_v1.{table}")).await;
        for damage in [
            format!("update read_v1.{table} set {change} where ctid = (select max(ctid) from read_v1.{table})"),
            format!("delete from read_v1.{table} where ctid = (select min(ctid) from read_v1.{table})"),
        ] {
            execute(&world, &damage).await;
            let difference = world.verify().await.difference.expect(&damage);
            assert_eq!(difference.table, table);
            let told = difference.to_string();
            assert!(
                !told.contains("something else") && !told.contains("example.org"),
                "what somebody wrote or is: {told}"
            );
            assert!(difference.replayed.is_some() && !difference.key.is_empty(), "{difference}");
            assert_eq!(difference.serving.is_some(), damage.starts_with("update"), "{difference}");
            let restore = format!("truncate read_v1.{table}; insert into read_v1.{table} select * from kept");
            execute(&world, &restore).await;
        }
        execute(&world, "drop table kept").await;
    }
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn a_row_too_many_is_named_with_its_key() {
    let world = world().await;
    execute(&world, "insert into read_v1.indexed_event values (2000, 'forged', null, null)").await;
    let difference = world.verify().await.difference.unwrap();
    assert_eq!((difference.table.as_str(), difference.key.as_str()), ("indexed_event", "position=2000"));
    assert_eq!(difference.replayed, None);
    assert!(difference.to_string().ends_with("a replay makes no such row"), "{difference}");
    world.database.drop().await;
}

#[tokio::test]
async fn it_looks_at_one_moment_while_events_keep_coming() {
    let mut world = world().await;
    let (running, projector) = (world.run(), world.projector.clone());
    for batch in 0..5 {
        let more = (0..200).map(|message| sent(1_000 * (batch + 1) + message, 1, 1, "more"));
        let mut nothing = |_| {};
        let (report, _) = tokio::join!(projector.verify(&mut nothing), world.log.append(more));
        let report = report.unwrap();
        assert!(report.is_clean(), "{:?}", report.difference);
    }
    running.stop().await;
    world.database.drop().await;
}

#[tokio::test]
async fn one_at_a_time() {
    let world = world().await;
    let (mut first, mut second) = (|_| {}, |_| {});
    // One waits for the other, as that is soon over.
    let both = tokio::join!(world.projector.verify(&mut first), world.projector.verify(&mut second));
    assert!(both.0.unwrap().is_clean() && both.1.unwrap().is_clean());

    let mut long = event_store::begin(&world.database.owner, "begin").await.unwrap();
    sqlx::query("select pg_advisory_xact_lock($1)").bind(SCRATCH_LOCK).execute(&mut *long).await.unwrap();
    let refused = world.projector.verify(&mut first).await.unwrap_err();
    assert!(matches!(refused, ProjectorError::Busy), "{refused}");
    long.rollback().await.unwrap();
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
