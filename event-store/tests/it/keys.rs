//! Keys: made with their first event, wrapped, rotated, destroyed for good.

use std::time::Duration;

use event_store::{KeyError, Keyring, MasterKey, Request, Rotated, Store, StoreError, begin_epoch};
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Claims, Command, Event, FLEETING, NAMES, Outcome, What, execute};
use crate::network::{Network, passes};

fn command(what: What) -> Command {
    Command { id: Uuid::now_v7(), receipt: None, what }
}

fn add(key: u8) -> Command {
    command(What::Add { items: vec![1], gate: 1, count: 1, key })
}

fn request() -> Request {
    Request::unasked(Uuid::now_v7(), OffsetDateTime::UNIX_EPOCH)
}

async fn keyring(database: &Database, master: &str) -> Keyring {
    Keyring::new(database.pool(None).await, MasterKey::parse(master).unwrap(), NAMES, vec![])
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
        let opened = keyring.open_as_stored(&recorded).await.unwrap();
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
    let before = store.keyring().open_as_stored(&recorded).await.unwrap();

    let second = format!("2:{}", "e1".repeat(32));
    let both = keyring(&database, &format!("{}\n{second}", master())).await;
    let rotated = |keys| Rotated { keys, damaged: vec![] };
    assert_eq!(both.rotate().await.unwrap(), rotated(4), "three owners' keys and the instance's");
    assert_eq!(both.rotate().await.unwrap(), rotated(0));

    let new = keyring(&database, &second).await;
    assert_eq!(new.open_as_stored(&recorded).await.unwrap(), before);
    assert_eq!(*new.instance_secret("instance/test").await.unwrap(), *secret);
    let old = keyring(&database, &master()).await;
    assert!(matches!(old.open_as_stored(&recorded).await, Err(KeyError::MasterAway { version: 2, .. })));
    // Once its file has the second as well: nothing needs to be started again.
    let reads = move || Some(MasterKey::parse(&format!("{}\n{second}", master())).unwrap());
    let first = MasterKey::parse(&master()).unwrap().read_again_by(reads);
    let learns = Keyring::new(database.pool(None).await, first, NAMES, vec![]);
    assert_eq!(learns.open_as_stored(&recorded).await.unwrap(), before);
    database.remove().await;
}

#[tokio::test]
async fn a_sealed_field_that_was_changed_or_moved_is_damage_not_erasure() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    execute(&store, &command(What::Add { items: vec![1], gate: 1, count: 2, key: 1 })).await;
    let mut recorded = store.reader().after(0, 2).await.unwrap();
    recorded[1].payload = recorded[0].payload.clone();
    let damaged = store.keyring().open_as_stored(&recorded).await.unwrap_err();
    assert_eq!(damaged.to_string(), "a sealed field of the event at position 2 does not open with its key");
    database.remove().await;
}

#[tokio::test]
async fn a_damaged_key_is_told_from_another_master_key_and_named_by_a_rotation() {
    let (database, tasks) = (Database::new().await, TaskTracker::new());
    let (store, owner) = (database.store(&tasks).await, database.pool(None).await);
    for key in 1..=4 {
        execute(&store, &add(key)).await;
    }
    let damage =
        "update keys.key set wrapped = set_byte(wrapped, 20, 1 - get_byte(wrapped, 20) % 2) where name = any($1)";
    sqlx::query(damage).bind(["note/1", "owner/2"]).execute(&owner).await.unwrap();
    let recorded = store.reader().after(0, 4).await.unwrap();
    let both = keyring(&database, &format!("{}\n2:{}", master(), "e1".repeat(32))).await;
    for (at, name) in [(0, "note/1"), (1, "owner/2")] {
        let opened = both.open_as_stored(&recorded[at..=at]).await;
        assert!(matches!(&opened, Err(KeyError::DamagedKey(damaged)) if damaged == name), "{opened:?}");
    }
    let other = keyring(&database, &format!("1:{}", "aa".repeat(32))).await;
    assert!(matches!(other.open_as_stored(&recorded[3..]).await, Err(KeyError::WrongMaster(_))));
    assert!(matches!(other.rotate().await, Err(KeyError::WrongMaster(_))));

    let damaged = vec!["note/1".to_owned(), "owner/2".to_owned()];
    assert_eq!(both.rotate().await.unwrap(), Rotated { keys: 3, damaged: damaged.clone() });
    // The damaged one is the last of its version.
    let both = keyring(&database, &format!("{}\n2:{}", master(), "e1".repeat(32))).await;
    assert!(matches!(both.open_as_stored(&recorded[1..=1]).await, Err(KeyError::DamagedKey(_))));
    assert_eq!(both.rotate().await.unwrap(), Rotated { keys: 0, damaged });
    assert_eq!(both.open_as_stored(&recorded[2..]).await.unwrap().len(), 2);
    // Nor does it wait for the older version once that is gone.
    let newer = keyring(&database, &format!("2:{}", "e1".repeat(32))).await;
    assert!(matches!(newer.open_as_stored(&recorded[1..=1]).await, Err(KeyError::DamagedKey(_))));
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
    let opened =
        keyring(&database, &master()).await.open_as_stored(&one.reader().after(0, 100).await.unwrap()).await.unwrap();
    assert_eq!(opened.len(), 60);
    assert!(opened.iter().all(|payload| payload["note"]["open"] == "note 0"));
    database.remove().await;
}

/// Destroys a key by its name.
async fn destroy(store: &Store, name: &str) {
    let request = request();
    let done = store.execute(&request, |unit| async move {
        unit.destroy_key(name);
        unit.append_blindly::<Claims>("keys", vec![Event::KeyDestroyed { key: 0 }], None).await?;
        Ok::<_, StoreError>(())
    });
    done.await.unwrap();
}

#[tokio::test]
async fn what_another_process_destroyed_opens_nothing_once_one_has_heard_of_it() {
    let database = Database::new().await;
    let tasks = TaskTracker::new();
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    for key in 1..=3 {
        execute(&one, &add(key)).await;
    }
    let recorded = one.reader().after(0, 3).await.unwrap();
    let open = async || {
        let payloads = two.keyring().open_as_stored(&recorded).await.unwrap();
        payloads.iter().map(|payload| payload["note"]["open"].is_string()).collect::<Vec<_>>()
    };
    assert_eq!(open().await, [true, true, true], "and in memory from now on");
    let before = two.keyring().hear().await.unwrap();

    destroy(&one, "note/1").await;
    destroy(&one, "owner/2").await;
    assert_ne!(two.keyring().hear().await.unwrap(), before);
    assert_eq!(open().await, [false, false, true], "what wraps a key takes it along");
    assert_eq!(two.keyring().hear().await.unwrap(), two.keyring().losses(), "there is no more news");
    // One that begins later finds them destroyed.
    let three = keyring(&database, &master()).await;
    assert_eq!(three.open_as_stored(&recorded).await.unwrap()[1]["note"], json!({"key": "note/2"}));
    database.remove().await;
}

#[tokio::test]
async fn a_process_is_told_what_others_destroy() {
    let database = Database::new().await;
    let tasks = TaskTracker::new();
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    execute(&one, &add(1)).await;
    let recorded = one.reader().after(0, 1).await.unwrap();
    two.keyring().open_as_stored(&recorded).await.unwrap();
    let told = async {
        // Nothing but hearing drops it: whoever asks finds the key in memory until then.
        while two.keyring().open_as_stored(&recorded).await.unwrap()[0]["note"]["open"].is_string() {
            tokio::task::yield_now().await;
        }
    };
    let destroyed = async {
        destroy(&one, "owner/1").await;
        told.await;
    };
    tokio::select! {
        _ = two.hear_of_losses() => {}
        done = tokio::time::timeout(Duration::from_secs(20), destroyed) => done.unwrap(),
    }
    database.remove().await;
}

#[tokio::test]
async fn a_process_that_is_told_nothing_any_more_drops_what_others_destroy() {
    let (database, tasks) = (Database::new().await, TaskTracker::new());
    let network = Network::to(database.owner().options([("role", "hansard_writer")]), &tasks).await;
    let pool = PgPoolOptions::new().connect_with(network.options()).await.unwrap();
    let held = Keyring::new(pool.clone(), MasterKey::parse(&master()).unwrap(), NAMES, vec![]);
    let (one, two) = (database.store(&tasks).await, Store::open(pool, held, &tasks).await.unwrap());
    execute(&one, &add(1)).await;
    let recorded = one.reader().after(0, 1).await.unwrap();
    two.keyring().open_as_stored(&recorded).await.unwrap();
    let losses = two.keyring().losses();
    let owner = database.pool(None).await;
    let listens =
        "select exists (select from pg_stat_activity where datname = current_database() and query ilike 'listen %')";
    let stopped = async {
        while !sqlx::query_scalar::<_, bool>(listens).fetch_one(&owner).await.unwrap() {
            tokio::task::yield_now().await;
        }
        network.stop();
        destroy(&one, "owner/1").await;
        passes(Duration::from_secs(25)).await;
        while two.keyring().losses() == losses {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = two.hear_of_losses() => {}
        done = tokio::time::timeout(Duration::from_mins(2), stopped) => done.unwrap(),
    }
    database.remove().await;
}

#[tokio::test]
async fn no_key_of_an_earlier_history_is_held() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    execute(&store, &add(1)).await;
    let recorded = store.reader().after(0, 1).await.unwrap();
    let opens = async || store.keyring().open_as_stored(&recorded).await.unwrap()[0]["note"]["open"].is_string();
    let losses = store.keyring().hear().await.unwrap();
    // As a restore from a copy that is older than the key.
    let owner = database.pool(None).await;
    let restored = async {
        sqlx::query("delete from keys.key").execute(&owner).await.unwrap();
        assert!(opens().await, "from memory");
        // Until it has seen the epoch that is to be over.
        for epoch in 1.. {
            begin_epoch(&owner, epoch, epoch + 1).await.unwrap();
            if store.keyring().losses() != losses {
                break;
            }
        }
        assert!(!opens().await);
    };
    tokio::select! {
        _ = store.hear_of_losses() => {}
        done = tokio::time::timeout(Duration::from_secs(20), restored) => done.unwrap(),
    }
    database.remove().await;
}

#[tokio::test]
async fn a_fleeting_key_is_kept_by_nobody_and_opens_where_it_is_asked_for() {
    let database = Database::new().await;
    let tasks = TaskTracker::new();
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    for key in [FLEETING, FLEETING + 1] {
        execute(&one, &add(key)).await;
    }
    let recorded = one.reader().after(0, 2).await.unwrap();
    for store in [&one, &two] {
        let closed = store.keyring().open_as_stored(&recorded).await.unwrap();
        assert_eq!(closed[0]["note"], json!({"key": "fleeting/200"}), "whoever opens all leaves it closed");
        let opened = store.keyring().open_fleeting(&recorded).await.unwrap();
        assert!(opened.iter().all(|told| told.payload["note"]["open"] == "note 0"));
    }
    // Nobody has to hear of it: each time the key is asked for.
    destroy(&one, "fleeting/200").await;
    destroy(&one, "owner/201").await;
    for store in [&one, &two] {
        let opened = store.keyring().open_fleeting(&recorded).await.unwrap();
        assert!(opened.iter().all(|told| told.payload["note"]["open"].is_null()), "{opened:?}");
    }
    assert_eq!(execute(&two, &add(FLEETING)).await, Outcome::KeyDestroyed);
    database.remove().await;
}

#[tokio::test]
async fn a_key_is_usable_until_it_is_destroyed_or_what_wraps_it_is() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    for key in [1, 2, FLEETING, FLEETING + 1] {
        execute(&store, &add(key)).await;
    }
    let asked = ["note/1", "note/2", "fleeting/200", "fleeting/201", "note/9"].map(str::to_owned);
    let usable = async || {
        let mut usable: Vec<_> = store.keyring().usable(&asked).await.unwrap().into_iter().collect();
        usable.sort();
        usable
    };
    assert_eq!(usable().await, ["fleeting/200", "fleeting/201", "note/1", "note/2"], "one never was");
    destroy(&store, "note/1").await;
    destroy(&store, "owner/201").await;
    assert_eq!(usable().await, ["fleeting/200", "note/2"]);
    database.remove().await;
}

#[tokio::test]
async fn what_lies_beside_the_log_opens_at_its_place_and_ends_with_its_key() {
    let database = Database::new().await;
    let tasks = TaskTracker::new();
    let (one, two) = (database.store(&tasks).await, database.store(&tasks).await);
    for key in 1..=2 {
        execute(&one, &add(key)).await;
    }
    let sealed = one.keyring().seal_beside("note/1", "here", b"words").await.unwrap().unwrap();
    assert!(!sealed.windows(5).any(|window| window == b"words"));
    let opened = async |key: &str, place: &str| two.keyring().open_beside(key, place, &sealed).await.unwrap();
    assert_eq!(opened("note/1", "here").await.as_deref(), Some(&b"words"[..]));
    assert_eq!((opened("note/1", "there").await, opened("note/2", "here").await), (None, None));
    assert_eq!(one.keyring().seal_beside("note/3", "here", b"words").await.unwrap(), None, "a key that never was");
    // In the memory of the other process it still is.
    execute(&one, &command(What::DestroyKey { key: 1 })).await;
    assert_eq!(opened("note/1", "here").await, None);
    assert_eq!(two.keyring().seal_beside("note/1", "here", b"words").await.unwrap(), None);
    database.remove().await;
}
