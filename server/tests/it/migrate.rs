//! What `hansard migrate` does where others hold what it locks, and what is told where a migration is missing.

use std::pin::pin;
use std::process::Output;

use serde_json::json;
use sqlx::migrate::Migrate;
use sqlx::{Connection, PgConnection};
use time::Duration;

use crate::harness::{Setup, TestDatabase};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_migration_that_others_hold_up_is_given_up_in_words_and_done_once_they_let_go() {
    let database = TestDatabase::empty().await;
    let setup = Setup::on(&database.url);
    let migrate = async || -> Output { setup.command(["migrate", "--lock-wait=50ms"]).await };
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::query("create schema log").execute(&mut *held).await.unwrap();

    let migrated = migrate().await;
    let said = text(&migrated.stderr);
    assert_eq!(migrated.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default();
    let expected =
        "hansard: others hold what a migration must lock, in 3 tries of 50 ms each: pg_stat_activity names them; ";
    assert!(last.starts_with(expected) && last.contains("migration 1: "), "{said}");
    assert_eq!(said.matches("a migration lets those go first").count(), 2, "{said}");

    held.rollback().await.unwrap();
    let migrated = migrate().await;
    let said = text(&migrated.stdout);
    assert!(said.contains("; read models: generation 1 serves"), "{migrated:?}");
    assert!(!said.contains("migrations applied: 0"), "{said}");
}

#[tokio::test]
async fn whoever_migrates_at_the_same_time_is_waited_for() {
    let database = TestDatabase::empty().await;
    let setup = Setup::on(&database.url);
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    other.lock().await.unwrap();
    let mut migrating = pin!(setup.command(["migrate", "--lock-wait=50ms"]));
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory' \
                 and clock_timestamp() - query_start > interval '500ms'";
    let waits_long = async { while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut other).await.unwrap() == 0 {} };
    tokio::select! {
        migrated = &mut migrating => panic!("it waited for nobody: {migrated:?}"),
        () = waits_long => {}
    }
    other.unlock().await.unwrap();
    let migrated = migrating.await;
    assert!(migrated.status.success(), "{migrated:?}");
}

#[tokio::test]
async fn a_process_whose_database_lacks_a_migration_is_not_ready_and_says_so() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let told = async || {
        // What was found a second before is told no more.
        app.setup.context.advance(Duration::SECOND);
        let answer = app.get("/readyz").await;
        let checks = answer.body["checks"].as_array().unwrap();
        let [postgres, migrations] = ["postgres", "migrations"]
            .map(|name| checks.iter().find(|check| check["name"] == name).unwrap()["status"].clone());
        (answer.status, postgres, migrations)
    };
    assert_eq!(told().await, (200, json!("ready"), json!("ready")));
    // As after a restore of a copy that is older than this binary.
    let kept = "create table public.kept as select * from public._sqlx_migrations order by version desc limit 1; \
                delete from public._sqlx_migrations where version in (select version from public.kept)";
    sqlx::raw_sql(kept).execute(&app.pool).await.unwrap();
    assert_eq!(told().await, (503, json!("ready"), json!("down")));
    app.get("/healthz").await.expect(200);
    let again = "insert into public._sqlx_migrations select * from public.kept";
    sqlx::raw_sql(again).execute(&app.pool).await.unwrap();
    assert_eq!(told().await, (200, json!("ready"), json!("ready")));
}
