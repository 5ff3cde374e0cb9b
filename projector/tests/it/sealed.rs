//! Sealed fields: opened with today's keys, gone when those are gone. Here the store itself appends.

use std::time::Duration;

use cqrs_es::Aggregate;
use domain::message::Message;
use domain::sealed::KeyName;
use domain::settings::Settings;
use domain::user::User;
use event_store::{Keyring, MasterKey, Request, Store, StoreError};
use projector::Projector;
use serde_json::{Value, json};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::facts::{Entry, edited, registered, sent, settings_updated, user_id};
use crate::projecting::{Tail, World, brisk, reached, run};

/// A world whose log is written by a store of its own.
struct Sealed {
    world: World,
    store: Store,
    commands: u128,
}

impl Sealed {
    async fn new() -> Self {
        let world = World::new().await;
        let (pool, keyring) = (world.database.owner.clone(), world.log.keyring());
        let store = Store::open(pool, keyring, vec![], &TaskTracker::new()).await.unwrap();
        Self { world, store, commands: 0 }
    }

    /// Appends a fact, and destroys a key with it.
    async fn append<A: Aggregate + Clone + 'static>(&mut self, entry: Entry, destroyed: Option<KeyName>) -> i64 {
        self.commands += 1;
        let request = Request {
            command_id: Uuid::from_u128(self.commands),
            correlation_id: None,
            causation_id: None,
            actor_id: entry.actor,
            session_id: None,
            occurred_at: datetime!(2026-01-01 00:00 UTC),
            traceparent: None,
            receipts: vec![],
        };
        let decide = |unit: event_store::Unit| {
            let (entry, destroyed) = (entry.clone(), destroyed.clone());
            async move {
                let event: A::Event = serde_json::from_value(entry.payload).unwrap();
                unit.load::<A>(&entry.aggregate_id).await?;
                unit.append::<A>(&entry.aggregate_id, vec![event], entry.room);
                if let Some(key) = destroyed {
                    unit.destroy_key(key.as_str());
                }
                Ok::<_, StoreError>(())
            }
        };
        self.store.execute(&request, decide).await.unwrap().position
    }

    /// A projector that has nothing in its cache, as after a start.
    fn projector(&self, master: &str) -> Projector {
        let keyring = Keyring::new(
            self.world.database.projector.clone(),
            MasterKey::parse(master).unwrap(),
            domain::sealed::wrapped_by,
        );
        Projector::new(self.world.database.projector.clone(), self.world.log.reader(), keyring, brisk())
    }

    async fn texts(&self) -> Vec<Option<String>> {
        sqlx::query_scalar("select text from read.message order by position")
            .fetch_all(&self.world.database.owner)
            .await
            .unwrap()
    }
}

fn master() -> String {
    format!("1:{}", "11".repeat(32))
}

#[tokio::test]
async fn what_the_log_holds_sealed_is_readable_in_the_read_models() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    let last = sealed.append::<Message>(sent(1, 1, 1, "hello"), None).await;
    let stored: Vec<Value> =
        sqlx::query_scalar("select payload from log.events").fetch_all(&sealed.world.database.owner).await.unwrap();
    assert!(!json!(stored).to_string().contains("hello") && !json!(stored).to_string().contains("alice"));

    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("hello".to_owned())]);
    let name: Option<String> = sqlx::query_scalar("select display_name from read.account")
        .fetch_one(&sealed.world.database.owner)
        .await
        .unwrap();
    assert_eq!(name.as_deref(), Some("alice"));
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn what_is_projected_after_a_key_is_destroyed_holds_nothing_of_it() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<Message>(sent(1, 1, 1, "of alice"), None).await;
    sealed.append::<Message>(sent(2, 1, 2, "of bob"), None).await;
    let key = KeyName::user(user_id(1));
    let last = sealed.append::<Settings>(settings_updated(2, json!({})), Some(key)).await;

    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [None, Some("of bob".to_owned())], "content keys are wrapped by their author's");
    let names: Vec<Option<String>> = sqlx::query_scalar("select display_name from read.account")
        .fetch_all(&sealed.world.database.owner)
        .await
        .unwrap();
    assert_eq!(names, [None]);
    assert_eq!(projector.status().await.unwrap().parked, []);
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn a_damaged_field_parks_its_stream_alone() {
    let mut sealed = Sealed::new().await;
    sealed.append::<Message>(sent(1, 1, 1, "one"), None).await;
    let damaged = sealed.append::<Message>(sent(2, 1, 1, "two"), None).await;
    sealed.append::<Message>(edited(2, 1, 1, "TWO"), None).await;
    let last = sealed.append::<Message>(sent(3, 1, 1, "three"), None).await;
    let mut payload: Value = sqlx::query_scalar("select payload from log.events where position = $1")
        .bind(damaged)
        .fetch_one(&sealed.world.database.owner)
        .await
        .unwrap();
    payload["content"]["box"] = json!("bm90IGEgYm94IGF0IGFsbCwganVzdCBzb21lIHdvcmRz");
    sealed.world.log.tamper(damaged, &payload).await;

    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("one".to_owned()), Some("three".to_owned())]);
    let parked = projector.status().await.unwrap().parked;
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].position, parked[0].skipped), (damaged, 1));
    assert_eq!(parked[0].reason, "a sealed field does not open with its key");
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn with_the_wrong_master_key_it_waits_for_the_right_one() {
    let mut sealed = Sealed::new().await;
    let last = sealed.append::<Message>(sent(1, 1, 1, "hello"), None).await;
    let wrong = sealed.projector(&format!("1:{}", "22".repeat(32)));
    wrong.prepare().await.unwrap();
    let running = wrong.run(Tail(sealed.world.log.reader()), CancellationToken::new());
    tokio::time::timeout(Duration::from_millis(300), running).await.unwrap_err();
    let status = wrong.status().await.unwrap();
    assert_eq!((status.position, status.parked.len(), status.lag_positions()), (0, 0, last));
    assert!(status.lag_seconds > 0.0);

    let right = sealed.projector(&master());
    let running = run(&right, Tail(sealed.world.log.reader()));
    reached(&right, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("hello".to_owned())]);
    sealed.world.database.drop().await;
}
