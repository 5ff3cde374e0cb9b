//! Events of older shapes are read as today's, by whoever reads them.

use cqrs_es::persist::{EventUpcaster, PersistedEventRepository, SerializedEvent};
use event_store::{Keyring, MasterKey, Request, Store, StoreError};
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Command, Event, Item, NAMES, Outcome, What, execute};

/// What the tests' program calls `noted` in version 1 was called `scribbled` in version 0, and its note `words`.
struct ScribbledToNoted;

impl EventUpcaster for ScribbledToNoted {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        (event_type, event_version) == ("scribbled", "0")
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let payload = json!({"type": "noted", "ordinal": event.payload["ordinal"], "note": event.payload["words"]});
        SerializedEvent { event_type: "noted".to_owned(), event_version: "1".to_owned(), payload, ..event }
    }
}

/// A store of a program that knows the older shape.
async fn store(database: &Database) -> Store {
    let pool = database.pool(Some("hansard_writer")).await;
    let upcasters: Vec<Box<dyn EventUpcaster>> = vec![Box::new(ScribbledToNoted)];
    let keyring = Keyring::new(pool.clone(), MasterKey::parse(&master()).unwrap(), NAMES, upcasters);
    Store::open(pool, keyring, &TaskTracker::new()).await.unwrap()
}

/// Does what nobody may: gives the first event of the log another shape.
async fn reshape(database: &Database, event_type: &str, version: &str, payload: &serde_json::Value) {
    let owner = database.pool(None).await;
    sqlx::raw_sql("alter table log.events disable trigger all").execute(&owner).await.unwrap();
    sqlx::query("update log.events set event_type = $1, event_version = $2, payload = $3::json where position = 1")
        .bind(event_type)
        .bind(version)
        .bind(payload.to_string())
        .execute(&owner)
        .await
        .unwrap();
}

/// The notes of item 1, as a process counts them that has nothing in memory: by all of its events, or by the last alone.
async fn counted(database: &Database, whole: bool) -> Result<u32, String> {
    let store = store(database).await;
    let request = Request::unasked(Uuid::now_v7(), OffsetDateTime::UNIX_EPOCH);
    let counted = store.execute(&request, |unit| async move {
        let item = if whole { unit.load::<Item>("1").await? } else { unit.load_last::<Item>("1").await? };
        Ok::<_, StoreError>(item.notes)
    });
    counted.await.map(|done| done.value).map_err(|error| format!("{error:?}"))
}

#[tokio::test]
async fn an_event_of_an_older_shape_is_what_its_upcaster_makes_of_it() {
    let database = Database::new().await;
    let writer = database.store(&TaskTracker::new()).await;
    let what = What::Add { items: vec![1], gate: 1, count: 1, key: 1 };
    let added = execute(&writer, &Command { id: Uuid::now_v7(), receipt: None, what }).await;
    assert_eq!(added, Outcome::Appended { position: 1 });
    let open = json!({"key": "note/1", "open": "as it was"});
    reshape(&database, "scribbled", "0", &json!({"type": "scribbled", "ordinal": 3, "words": open})).await;

    assert_eq!((counted(&database, true).await, counted(&database, false).await), (Ok(1), Ok(1)));
    let store = store(&database).await;
    let recorded = store.reader().after(0, 1).await.unwrap();
    let expected = json!({"type": "noted", "ordinal": 3, "note": open});
    for mut told in
        [store.keyring().open(&recorded).await.unwrap(), store.keyring().open_fleeting(&recorded).await.unwrap()]
    {
        let told = told.remove(0);
        assert_eq!((&told.payload, told.version.as_str()), (&expected, "1"));
        assert!(matches!(told.fact(), Ok(Event::Noted { ordinal: 3, .. })));
    }
    let unopened = store.keyring().unopened(&recorded[0]).unwrap();
    assert_eq!((unopened.event_type.as_str(), unopened.payload.as_str()), ("noted", expected.to_string().as_str()));
    let framework = store.repository().get_events::<Item>("1").await.unwrap();
    assert_eq!((&framework[0].payload, framework[0].event_type.as_str()), (&expected, "noted"));
    // Who shows what is stored shows that.
    let stored = store.keyring().open_as_stored(&recorded).await.unwrap();
    assert_eq!(stored[0]["words"], open);
    database.remove().await;
}

#[tokio::test]
async fn a_version_that_nobody_knows_is_not_taken_for_todays() {
    let database = Database::new().await;
    let writer = database.store(&TaskTracker::new()).await;
    let what = What::Add { items: vec![1], gate: 1, count: 1, key: 1 };
    execute(&writer, &Command { id: Uuid::now_v7(), receipt: None, what }).await;
    let noted = json!({"type": "noted", "ordinal": 0, "note": {"key": "note/1", "open": "x"}});
    reshape(&database, "noted", "2", &noted).await;
    for whole in [true, false] {
        let refused = counted(&database, whole).await.unwrap_err();
        assert!(refused.contains("a version that is not known"), "{refused}");
    }
    database.remove().await;
}
