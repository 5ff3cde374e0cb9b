//! A database that says nothing: who waits for it is answered all the same, and nothing happens twice.

use std::time::Duration;

use event_store::{Keyring, MasterKey, Store};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::time::{pause, resume, sleep};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Command, NAMES, Outcome, What, execute};
use crate::network::{Network, passes};

/// Waits until so many appends wait for a lock.
async fn wait(owner: &PgPool, appends: i64) {
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() \
                   and query like 'call log.append%' and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(owner).await.unwrap() < appends {
        // Polls what PostgreSQL tells of another's connection.
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn an_append_that_is_not_answered_is_given_up_and_takes_effect_once() {
    let database = Database::new().await;
    let (owner, store) = (database.pool(None).await, database.store(&TaskTracker::new()).await);
    let add = |receipt| Command {
        id: Uuid::now_v7(),
        receipt: Some((receipt, 0)),
        what: What::Add { items: vec![1], gate: 1, count: 1, key: 1 },
    };
    assert!(matches!(execute(&store, &add(1)).await, Outcome::Appended { .. }));
    let mut silent = owner.acquire().await.unwrap();
    sqlx::raw_sql("begin; lock table log.head").execute(&mut *silent).await.unwrap();

    let command = add(2);
    let (outcome, ()) = tokio::join!(execute(&store, &command), async {
        wait(&owner, 1).await;
        pause(); // from here on time is over as soon as there is nothing else to do
    });
    resume();
    assert_eq!(outcome, Outcome::Unavailable);

    sqlx::raw_sql("rollback").execute(&mut *silent).await.unwrap();
    // Whether what was given up has come about meanwhile or not.
    let again = execute(&store, &command).await;
    assert!(matches!(again, Outcome::Appended { .. } | Outcome::Replayed { .. }), "{again:?}");
    assert!(matches!(execute(&store, &add(3)).await, Outcome::Appended { .. }), "it goes on");
    let noted = sqlx::query_scalar::<_, i64>("select count(*) from log.events where aggregate_type = 'item'");
    assert_eq!(noted.fetch_one(&owner).await.unwrap(), 3);
    database.remove().await;
}

#[tokio::test]
async fn an_append_that_is_asked_for_again_beside_the_session_it_was_asked_in_takes_effect_once() {
    let (database, tasks) = (Database::new().await, TaskTracker::new());
    let network = Network::to(database.owner().options([("role", "hansard_writer")]), &tasks).await;
    let pool = PgPoolOptions::new().connect_with(network.options()).await.unwrap();
    let keyring = Keyring::new(pool.clone(), MasterKey::parse(&master()).unwrap(), NAMES, vec![]);
    let (owner, store) = (database.pool(None).await, Store::open(pool, keyring, &tasks).await.unwrap());
    let add =
        || Command { id: Uuid::now_v7(), receipt: None, what: What::Add { items: vec![1], gate: 1, count: 1, key: 1 } };
    assert_eq!(execute(&store, &add()).await, Outcome::Appended { position: 1 });
    let mut silent = owner.acquire().await.unwrap();
    sqlx::raw_sql("begin; select from log.head for update").execute(&mut *silent).await.unwrap();

    let command = add();
    let (outcome, ()) = tokio::join!(execute(&store, &command), async {
        wait(&owner, 1).await;
        network.stop();
        passes(Duration::from_secs(12)).await;
        wait(&owner, 2).await;
        sqlx::raw_sql("rollback").execute(&mut *silent).await.unwrap();
    });
    assert_eq!(outcome, Outcome::Appended { position: 2 });
    // Over a connection of its own: the store's others lead nowhere by now.
    let ends = sqlx::query_scalar::<_, i64>("select position from log.head");
    assert_eq!(ends.fetch_one(&owner).await.unwrap(), 2);
    database.remove().await;
}
