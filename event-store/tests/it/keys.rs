//! Keys: made with their first event, wrapped, rotated, destroyed for good.

use event_store::{Keyring, MasterKey};
use serde_json::json;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Command, Outcome, What, execute, wrapped_by};

fn command(what: What) -> Command {
    Command { id: Uuid::now_v7(), receipt: None, what }
}

fn add(key: u8) -> Command {
    command(What::Add { items: vec![1], gate: 1, count: 1, key })
}

async fn keyring(database: &Database, master: &str) -> Keyring {
    Keyring::new(database.pool(None).await, MasterKey::parse(master).unwrap(), wrapped_by)
}

#[tokio::test]
async fn a_destroyed_key_takes_what_it_sealed_with_it_and_is_never_made_again() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    assert_eq!(execute(&store, &add(1)).await, Outcome::Appended { position: 1 });
    assert_eq!(execute(&store, &add(2)).await, Outcome::Appended { position: 2 });
    assert_eq!(execute(&store, &command(What::DestroyKey { key: 1 })).await, Outcome::Appended { position: 3 });
    assert_eq!(execute(&store, &add(1)).await, Outcome::KeyDestroyed);

    let recorded = store.reader().after(0, 2).await.unwrap();
    for keyring in [store.keyring().clone(), keyring(&database, &master()).await] {
        let opened = keyring.open(&recorded).await.unwrap();
        assert_eq!(opened[0]["note"], json!({"key": "note/1"}), "destroyed");
        assert_eq!(opened[1]["note"], json!({"key": "note/2", "open": "note 0"}));
    }
    // A process that still holds the key in memory does not seal with it either: the append looks.
    let other = database.store(&TaskTracker::new()).await;
    assert_eq!(execute(&other, &add(2)).await, Outcome::Appended { position: 4 });
    assert_eq!(execute(&store, &command(What::DestroyKey { key: 2 })).await, Outcome::Appended { position: 5 });
    assert_eq!(execute(&other, &add(2)).await, Outcome::KeyDestroyed);
    // Nor is one made that was destroyed before it ever was.
    assert_eq!(execute(&store, &command(What::DestroyKey { key: 3 })).await, Outcome::Appended { position: 6 });
    assert_eq!(execute(&other, &add(3)).await, Outcome::KeyDestroyed);
    database.remove().await;
}

#[tokio::test]
async fn rotation_rewraps_what_survives_and_the_old_master_key_opens_nothing_any_more() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    for key in 1..=3 {
        execute(&store, &add(key)).await;
    }
    execute(&store, &command(What::DestroyKey { key: 3 })).await;
    let secret = store.keyring().instance_secret("instance/test").await.unwrap();
    let recorded = store.reader().after(0, 10).await.unwrap();
    let before = store.keyring().open(&recorded).await.unwrap();

    let second = format!("2:{}", "e1".repeat(32));
    let both = keyring(&database, &format!("{}\n{second}", master())).await;
    assert_eq!(both.rotate().await.unwrap(), 4, "three owners' keys and the instance's");
    assert_eq!(both.rotate().await.unwrap(), 0);

    let new = keyring(&database, &second).await;
    assert_eq!(new.open(&recorded).await.unwrap(), before);
    assert_eq!(*new.instance_secret("instance/test").await.unwrap(), *secret);
    assert!(keyring(&database, &master()).await.open(&recorded).await.is_err());
    database.remove().await;
}

#[tokio::test]
async fn a_sealed_field_that_was_changed_or_moved_is_damage_not_erasure() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    execute(&store, &command(What::Add { items: vec![1], gate: 1, count: 2, key: 1 })).await;
    let mut recorded = store.reader().after(0, 2).await.unwrap();
    recorded[1].payload = recorded[0].payload.clone();
    let damaged = store.keyring().open(&recorded).await.unwrap_err();
    assert_eq!(damaged.to_string(), "a sealed field of the event at position 2 does not open with its key");
    database.remove().await;
}

#[tokio::test]
async fn two_processes_that_make_one_key_at_once_agree_on_it() {
    let database = Database::new().await;
    let tasks = TaskTracker::new();
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    for key in 10..40 {
        let (first, second) = (
            command(What::Add { items: vec![1], gate: 1, count: 1, key }),
            command(What::Add { items: vec![2], gate: 1, count: 1, key }),
        );
        let (first, second) = tokio::join!(execute(&one, &first), execute(&two, &second));
        assert!(
            matches!((&first, &second), (Outcome::Appended { .. }, Outcome::Appended { .. })),
            "{first:?} {second:?}"
        );
    }
    let opened = keyring(&database, &master()).await.open(&one.reader().after(0, 100).await.unwrap()).await.unwrap();
    assert_eq!(opened.len(), 60);
    assert!(opened.iter().all(|payload| payload["note"]["open"] == "note 0"));
    database.remove().await;
}
