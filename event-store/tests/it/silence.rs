//! A database that says nothing: who waits for it is answered all the same, and nothing happens twice.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{pause, resume, sleep};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What, execute};

/// Waits until an append waits for a lock.
async fn waits(owner: &PgPool) {
    let waiting = "select exists (select from pg_stat_activity where datname = current_database() \
                   and query like 'call log.append%' and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(owner).await.unwrap() {
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
        waits(&owner).await;
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
