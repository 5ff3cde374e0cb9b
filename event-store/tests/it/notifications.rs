//! What PostgreSQL tells a process, over one connection.

use std::time::Duration;

use event_store::Notifications;
use event_store::notifications::{KEYS, LOG, READ};
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What, execute};
use crate::network::{Network, passes};

async fn tell(pool: &PgPool, channel: &str, payload: &str) {
    sqlx::query("select pg_notify($1, $2)").bind(channel).bind(payload).execute(pool).await.unwrap();
}

/// Processes of the server that listen.
async fn listening(pool: &PgPool) -> Vec<i32> {
    let listening = "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'";
    sqlx::query_scalar(listening).fetch_all(pool).await.unwrap()
}

async fn soon<T>(wanted: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), wanted).await.expect("it comes to that")
}

#[tokio::test]
async fn all_who_hear_are_told_everything_over_one_connection_that_goes_with_the_last_of_them() {
    let database = Database::new().await;
    let pool = database.pool(None).await;
    let tasks = TaskTracker::new();
    let notifications = Notifications::new(&pool, tasks.clone());
    let mut one = notifications.hear().await.unwrap();
    tell(&pool, LOG, "1").await;
    let first = soon(one.next()).await.unwrap();
    assert_eq!((first.channel(), first.payload()), (LOG, "1"));

    let mut two = notifications.clone().hear().await.unwrap();
    tell(&pool, READ, "1:1").await;
    tell(&pool, KEYS, "").await;
    for heard in [&mut one, &mut two] {
        let (read, keys) = (soon(heard.next()).await.unwrap(), soon(heard.next()).await.unwrap());
        assert_eq!((read.channel(), read.payload()), (READ, "1:1"), "nothing of what was told before");
        assert_eq!(keys.channel(), KEYS);
    }
    assert_eq!(listening(&pool).await.len(), 1);
    drop((one, two));
    tasks.close();
    soon(tasks.wait()).await;
    database.remove().await;
}

#[tokio::test]
async fn a_lost_connection_ends_it_for_all_and_who_asks_again_hears_again() {
    let database = Database::new().await;
    let pool = database.pool(None).await;
    let notifications = Notifications::new(&pool, TaskTracker::new());
    let (mut one, mut two) = (notifications.hear().await.unwrap(), notifications.hear().await.unwrap());
    for pid in listening(&pool).await {
        sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&pool).await.unwrap();
    }
    assert!(soon(one.next()).await.is_none() && soon(two.next()).await.is_none());
    let mut again = notifications.hear().await.unwrap();
    tell(&pool, LOG, "2").await;
    assert_eq!(soon(again.next()).await.unwrap().payload(), "2");
    database.remove().await;
}

#[tokio::test]
async fn a_connection_to_nobody_ends_it_too_and_is_in_nobodys_way() {
    let (database, tasks) = (Database::new().await, TaskTracker::new());
    let network = Network::to(database.owner(), &tasks).await;
    let notifications = Notifications::new(&PgPoolOptions::new().connect_lazy_with(network.options()), tasks);
    let mut heard = notifications.hear().await.unwrap();
    network.stop();
    passes(Duration::from_secs(25)).await;
    assert!(soon(heard.next()).await.is_none());
    let mut again = notifications.hear().await.unwrap();
    tell(&database.pool(None).await, LOG, "3").await;
    assert_eq!(soon(again.next()).await.unwrap().payload(), "3");
    database.remove().await;
}

#[tokio::test]
async fn each_group_of_commands_is_told_of_once_by_where_the_log_ends_then() {
    const COMMANDS: u16 = 200;
    let database = Database::new().await;
    let (pool, store) = (database.pool(None).await, database.store(&TaskTracker::new()).await);
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen(LOG).await.unwrap();
    let mut committed = store.committed();
    let mut under_way = JoinSet::new();
    for id in 0..COMMANDS {
        let (store, command) =
            (store.clone(), Command { id: Uuid::now_v7(), receipt: None, what: What::Create { id } });
        under_way.spawn(async move { execute(&store, &command).await });
    }
    let outcomes = under_way.join_all().await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Appended { .. })), "{outcomes:?}");

    let (mut groups, mut told) = (vec![], vec![]);
    while let Ok(group) = committed.try_recv() {
        groups.extend(group.last().map(|last| last.position.to_string()));
    }
    tell(&pool, LOG, "no more").await;
    loop {
        let payload = soon(listener.recv()).await.unwrap().payload().to_owned();
        if payload == "no more" {
            break;
        }
        told.push(payload);
    }
    assert_eq!(told, groups);
    let head = store.reader().head().await.unwrap().position;
    assert_eq!((head, told.last()), (i64::from(COMMANDS), Some(&head.to_string())));
    assert!(told.len() <= usize::from(COMMANDS) / 10, "they went by groups: {told:?}");
    database.remove().await;
}
