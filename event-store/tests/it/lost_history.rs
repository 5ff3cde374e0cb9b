//! Two processes over a database that comes back as an older copy of itself: keys and states of a history that is lost.

use std::time::Duration;

use event_store::{Keyring, MasterKey, Request, Store, StoreError};
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Command, Event, Gate, NAMES, Outcome, What, execute};

/// Adds to an item of the key's number, so that commands with different keys rest on different streams.
fn add(key: u8) -> Command {
    Command { id: Uuid::now_v7(), receipt: None, what: What::Add { items: vec![key], gate: 1, count: 1, key } }
}

/// Says something of the gate that adding rests on.
async fn say(store: &Store, event: Event) -> i64 {
    let request = Request::unasked(Uuid::now_v7(), OffsetDateTime::UNIX_EPOCH);
    let said = store.execute(&request, |unit| {
        let event = event.clone();
        async move {
            unit.append_blindly::<Gate>("1", vec![event], None).await?;
            Ok::<_, StoreError>(())
        }
    });
    said.await.unwrap().position
}

/// The server is gone for a moment, and comes back as it was when the log ended here, without the keys called 2.
async fn restore(owner: &PgPool, position: i64) {
    let restored = format!(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity \
             where datname = current_database() and usename is not null and pid <> pg_backend_pid(); \
         alter table log.events disable trigger all; \
         delete from log.events where position > {position}; \
         alter table log.events enable trigger all; \
         delete from keys.key where name in ('note/2', 'owner/2'); \
         update log.head set position = {position};"
    );
    sqlx::raw_sql(&restored).execute(owner).await.unwrap();
}

/// Two processes, of which the first has appended with two keys. Then the server is gone for a moment, and comes back as it
/// was after the first of them.
struct Restored {
    database: Database,
    owner: PgPool,
    one: Store,
    two: Store,
}

impl Restored {
    async fn new() -> Self {
        let (database, tasks) = (Database::new().await, TaskTracker::new());
        let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
        assert_eq!(execute(&one, &add(1)).await, Outcome::Appended { position: 1 });
        assert_eq!(execute(&one, &add(2)).await, Outcome::Appended { position: 2 });
        let owner = database.pool(None).await;
        restore(&owner, 1).await;
        Self { database, owner, one, two }
    }

    /// What the notes of the log hold for who has nothing in memory.
    async fn notes(&self) -> Vec<Value> {
        let keyring = Keyring::new(self.owner.clone(), MasterKey::parse(&master()).unwrap(), NAMES, vec![]);
        let recorded = self.one.reader().after(0, 100).await.unwrap();
        let opened = keyring.open_as_stored(&recorded).await.expect("all opens with the keys on record");
        opened.into_iter().map(|payload| payload["note"]["open"].clone()).collect()
    }
}

#[tokio::test]
async fn nothing_is_sealed_with_a_key_of_a_lost_history_where_the_next_has_come_as_far() {
    let restored = Restored::new().await;
    let Restored { one, two, .. } = &restored;
    // The other makes a key by the name of the lost one, and leads the log and the item to where the first has seen them.
    assert_eq!(execute(two, &add(2)).await, Outcome::Appended { position: 2 });
    assert_eq!(execute(two, &add(3)).await, Outcome::Appended { position: 3 });
    assert_eq!(execute(one, &add(2)).await, Outcome::Appended { position: 4 });
    assert_eq!(execute(two, &add(2)).await, Outcome::Appended { position: 5 });
    assert_eq!(restored.notes().await, ["note 0"; 5]);
    restored.database.remove().await;
}

#[tokio::test]
async fn a_history_that_steps_back_takes_the_keys_that_are_held_along() {
    let restored = Restored::new().await;
    let Restored { one, two, .. } = &restored;
    let losses = one.keyring().losses();
    assert_eq!(execute(one, &add(2)).await, Outcome::Appended { position: 2 });
    assert_ne!(one.keyring().losses(), losses);
    assert_eq!(execute(two, &add(2)).await, Outcome::Appended { position: 3 });
    assert_eq!(restored.notes().await, ["note 0"; 3]);
    restored.database.remove().await;
}

#[tokio::test]
async fn nothing_rests_on_what_another_had_appended_to_a_lost_history_where_the_next_has_come_as_far() {
    let (database, tasks) = (Database::new().await, TaskTracker::new());
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    assert_eq!(execute(&one, &add(1)).await, Outcome::Appended { position: 1 });
    assert_eq!(say(&two, Event::Began).await, 2);
    assert_eq!(say(&two, Event::Opened).await, 3);
    let opened = Command { id: Uuid::now_v7(), receipt: None, what: What::SetGate { gate: 1, open: true } };
    assert_eq!(execute(&one, &opened).await, Outcome::NothingToDo, "the first has it in memory");
    restore(&database.pool(None).await, 2).await;
    // The gate has had as many events as before, and the log ends where it did.
    assert_eq!(say(&two, Event::Closed).await, 3);
    assert_eq!(execute(&one, &add(1)).await, Outcome::GateClosed);
    assert_eq!(one.reader().head().await.unwrap().position, 3);
    database.remove().await;
}

#[tokio::test]
async fn what_does_not_open_with_a_key_that_is_held_opens_with_the_one_on_record() {
    let restored = Restored::new().await;
    let Restored { one, two, .. } = &restored;
    assert_eq!(execute(two, &add(2)).await, Outcome::Appended { position: 2 });
    let recorded = one.reader().after(1, 1).await.unwrap();
    let opened = one.keyring().open_as_stored(&recorded).await.unwrap();
    assert_eq!(opened[0]["note"]["open"], "note 0");
    restored.database.remove().await;
}

#[tokio::test]
async fn who_follows_in_the_process_is_told_that_the_next_group_need_not_follow_upon_the_one_before() {
    let restored = Restored::new().await;
    let mut committed = restored.one.committed();
    assert_eq!(execute(&restored.one, &add(2)).await, Outcome::Appended { position: 2 });
    assert!(committed.try_recv().unwrap().is_empty());
    assert_eq!(committed.try_recv().unwrap()[0].position, 2);
    restored.database.remove().await;
}

#[tokio::test]
async fn who_hears_of_losses_holds_nothing_longer_than_the_session_it_was_heard_in() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    execute(&store, &add(1)).await;
    let (owner, losses) = (database.pool(None).await, store.keyring().losses());
    let cut = async {
        while store.keyring().losses() == losses {
            let cut = "select pg_terminate_backend(pid) from pg_stat_activity \
                       where datname = current_database() and query ilike 'listen %'";
            sqlx::raw_sql(cut).execute(&owner).await.unwrap();
        }
    };
    tokio::select! {
        _ = store.hear_of_losses() => {}
        done = tokio::time::timeout(Duration::from_secs(20), cut) => done.unwrap(),
    }
    database.remove().await;
}
