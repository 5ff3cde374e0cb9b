//! Sealed fields: opened with today's keys, gone when those are gone. Here the store itself appends.

use std::time::Duration;

use cqrs_es::Aggregate;
use domain::message::Message;
use domain::room::Room;
use domain::sealed::KeyName;
use domain::session::Session;
use domain::settings::Settings;
use domain::user::User;
use event_store::{Keyring, MasterKey, Request, Store, StoreError};
use projector::Projector;
use serde_json::{Value, json};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::facts::{
    Entry, deleted, edited, erased, message_id, registered, room_created, room_id, sent, session_started,
    settings_updated, user_id, whispered,
};
use crate::log::NAMES;
use crate::older;
use crate::projecting::{Tail, World, brisk, reached, run};

/// A world whose log is written by a store of its own.
pub(crate) struct Sealed {
    pub(crate) world: World,
    pub(crate) store: Store,
    commands: u128,
}

impl Sealed {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let store = open_store(&world).await;
        Self { world, store, commands: 0 }
    }

    /// A store of the same log, as another process would have.
    pub(crate) async fn another_store(&self) -> Store {
        open_store(&self.world).await
    }

    /// Appends a fact, and destroys a key with it.
    pub(crate) async fn append<A: Aggregate + Clone + 'static>(
        &mut self,
        entry: Entry,
        destroyed: Option<KeyName>,
    ) -> i64 {
        self.append_those::<A>(vec![entry], destroyed).await
    }

    /// Appends facts about things that are new, some hundred at once.
    pub(crate) async fn append_all<A: Aggregate + Clone + 'static>(&mut self, entries: Vec<Entry>) {
        for some in entries.chunks(500) {
            self.append_those::<A>(some.to_vec(), None).await;
        }
    }

    async fn append_those<A: Aggregate + Clone + 'static>(
        &mut self,
        entries: Vec<Entry>,
        destroyed: Option<KeyName>,
    ) -> i64 {
        self.commands += 1;
        let request = Request {
            command_id: Uuid::from_u128(self.commands),
            correlation_id: None,
            causation_id: None,
            actor_id: entries[0].actor,
            session_id: None,
            occurred_at: datetime!(2026-01-01 00:00 UTC),
            traceparent: None,
            receipts: vec![],
            looks: false,
        };
        let decide = |unit: event_store::Unit| {
            let (entries, destroyed) = (entries.clone(), destroyed.clone());
            async move {
                for entry in entries {
                    let event: A::Event = serde_json::from_value(entry.payload).unwrap();
                    unit.load::<A>(&entry.aggregate_id).await?;
                    unit.append::<A>(&entry.aggregate_id, vec![event], entry.room);
                }
                if let Some(key) = destroyed {
                    unit.destroy_key(key.as_str());
                }
                Ok::<_, StoreError>(())
            }
        };
        self.store.execute(&request, decide).await.unwrap().position
    }

    /// A projector that has nothing in its cache, as after a start.
    pub(crate) fn projector(&self, master: &str) -> Projector {
        let keyring = Keyring::new(
            self.world.database.projector.clone(),
            MasterKey::parse(master).unwrap(),
            NAMES,
            older::upcasters(),
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

async fn open_store(world: &World) -> Store {
    Store::open(world.database.owner.clone(), world.log.keyring(), &TaskTracker::new()).await.unwrap()
}

pub(crate) fn master() -> String {
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
    sealed.append::<Room>(room_created(1, 2, "general"), None).await;
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

/// Somebody is erased: the fact, and the key that goes with it.
pub(crate) async fn erase(sealed: &mut Sealed, user: u32) -> i64 {
    sealed.append::<User>(erased(user), Some(KeyName::user(user_id(user)))).await
}

/// Purges until nothing is left to be purged.
pub(crate) async fn purged(sealed: &Sealed, projector: &Projector) {
    purged_but_for(0, sealed, projector).await;
}

/// The same, whatever is left of one generation.
pub(crate) async fn purged_but_for(generation: i32, sealed: &Sealed, projector: &Projector) {
    let left = || {
        let left = sqlx::query_scalar::<_, i64>(
            "select (select count(*) from projection.purge where done_at is null and generation <> $1) \
                 + (select count(*) from projection.purge_name where generation <> $1)",
        );
        left.bind(generation).fetch_one(&sealed.world.database.owner)
    };
    let shutdown = CancellationToken::new();
    let purging = projector.purge(shutdown.clone());
    let over = async {
        while left().await.unwrap() > 0 {
            // Polls what is noted.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        shutdown.cancel();
    };
    tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(purging, over) }).await.unwrap();
}

#[tokio::test]
async fn what_somebody_wrote_is_purged_in_steps_and_nobody_else_s() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<User>(registered(2, "bob"), None).await;
    sealed.append::<Settings>(settings_updated(1, json!({"theme": "dark"})), None).await;
    sealed.append::<Session>(session_started(1, 1), None).await;
    sealed.append::<Room>(room_created(1, 2, "general"), None).await;
    // More than one step purges; earlier wordings, and of what was deleted, too.
    let many: Vec<Entry> = (1..=2_300).map(|n| sent(n, 1, 1 + u32::from(n % 10 == 0), "a word")).collect();
    sealed.append_all::<Message>(many).await;
    sealed.append::<Message>(edited(3, 1, 1, "another word"), None).await;
    sealed.append::<Message>(edited(5, 1, 1, "another word"), None).await;
    sealed.append::<Message>(deleted(5, 1, 1), None).await;
    let last = sealed.append::<Message>(edited(10, 1, 2, "of bob"), None).await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    let last = erase(&mut sealed, 1).await;
    reached(&projector, last).await;
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean(), "before it is purged");
    purged(&sealed, &projector).await;
    running.stop().await;

    let texts = sealed.texts().await;
    assert_eq!((texts.len(), texts.iter().flatten().count()), (2_300, 230));
    let wordings: Vec<Option<String>> = sqlx::query_scalar("select text from read.message_version order by position")
        .fetch_all(&sealed.world.database.owner)
        .await
        .unwrap();
    assert_eq!(wordings, [None, None, Some("a word".to_owned())]);
    let report = projector.verify(&mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.difference);
    assert!(report.tables.iter().any(|table| table.table == "search_bucket" && table.rows > 0), "the index too");
    sealed.world.database.drop().await;
}

/// What a segment holds is gathered as messages come: what was gathered of somebody who is erased since is not sealed.
#[tokio::test]
async fn what_is_purged_while_a_segment_is_open_is_not_in_it_when_it_is_full() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<User>(registered(2, "bob"), None).await;
    sealed.append::<Room>(room_created(1, 2, "general"), None).await;
    let first = sealed.append::<Message>(sent(1, 1, 1, "apples"), None).await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, first).await;
    let erased = erase(&mut sealed, 1).await;
    reached(&projector, erased).await;
    purged(&sealed, &projector).await;
    let last = sealed.append::<Message>(sent(2, 1, 2, "pears"), None).await;
    reached(&projector, last).await;
    running.stop().await;

    let of = |word: &'static str| {
        let found = "select count(*) from read.search_bucket where position($1 in encode(grams, 'escape')) > 0";
        sqlx::query_scalar::<_, i64>(found).bind(word).fetch_one(&sealed.world.database.owner)
    };
    assert_eq!((of("app").await.unwrap(), of("pea").await.unwrap()), (0, 1));
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    sealed.world.database.drop().await;
}

/// A projector that still holds the key in memory when it is destroyed: what it writes afterwards holds nothing of it.
#[tokio::test]
async fn what_was_opened_before_an_erasure_is_not_written_after_it() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    let first = sealed.append::<Message>(sent(1, 1, 1, "before"), None).await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, first).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("before".to_owned())]);

    sealed.append::<Message>(sent(2, 1, 1, "the last word"), None).await;
    let last = erase(&mut sealed, 1).await;
    // The same projector goes on, and opens the message with what it has in memory, before it knows better.
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("before".to_owned()), None]);
    purged(&sealed, &projector).await;
    assert_eq!(sealed.texts().await, [None, None]);
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn messages_of_secret_rooms_are_not_opened_at_all() {
    let mut sealed = Sealed::new().await;
    sealed.append::<User>(registered(1, "alice"), None).await;
    sealed.append::<Message>(whispered(1, 1, 1, "psst"), None).await;
    let last = sealed.append::<Message>(sent(2, 1, 1, "aloud"), None).await;
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [None, Some("aloud".to_owned())]);
    let told: Vec<(bool, bool)> = sqlx::query_as("select sealed, erased from read.message order by position")
        .fetch_all(&sealed.world.database.owner)
        .await
        .unwrap();
    assert_eq!(told, [(true, false), (false, false)]);
    // Nor does it matter to a replay that its key is gone.
    let key = KeyName::message(user_id(1), room_id(1), message_id(1));
    let last = sealed.append::<Settings>(settings_updated(1, json!({})), Some(key)).await;
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, last).await;
    running.stop().await;
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    sealed.world.database.drop().await;
}

#[tokio::test]
async fn what_a_damaged_key_sealed_is_parked_and_all_else_goes_on() {
    let mut sealed = Sealed::new().await;
    for (message, room, sender, text) in [(1, 1, 1, "one"), (2, 2, 1, "two"), (3, 1, 2, "three")] {
        sealed.append::<Message>(sent(message, room, sender, text), None).await;
    }
    let damaged: String = sqlx::query_scalar(
        "update keys.key set wrapped = set_byte(wrapped, 20, 1 - get_byte(wrapped, 20) % 2) \
         where name = (select payload -> 'content' ->> 'key' from log.events where position = 1) returning name",
    )
    .fetch_one(&sealed.world.database.owner)
    .await
    .unwrap();
    let projector = sealed.projector(&master());
    let running = run(&projector, Tail(sealed.world.log.reader()));
    reached(&projector, 3).await;
    running.stop().await;
    assert_eq!(sealed.texts().await, [Some("two".to_owned()), Some("three".to_owned())]);
    let parked = projector.status().await.unwrap().parked;
    let parked = parked.iter().map(|parked| (parked.position, &*parked.reason)).collect::<Vec<_>>();
    assert_eq!(parked, [(1, "a sealed field does not open with its key")]);
    assert_eq!(sealed.store.keyring().rotate().await.unwrap().damaged, [damaged]);
    sealed.world.database.drop().await;
}
