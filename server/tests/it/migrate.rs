//! What `hansard migrate` does where others hold what it locks.

use std::pin::pin;
use std::process::Output;

use sqlx::migrate::Migrate;
use sqlx::{Connection, PgConnection};

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
