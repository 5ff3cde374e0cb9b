//! What those are told who contend for ever, or find the disk full: neither comes about among random commands.

use std::sync::atomic::{AtomicI64, Ordering};

use event_store::{ExecuteError, Request, StoreError};
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Event, Item, Outcome, What, execute};

/// Decisions that a command gets.
const DECISIONS: i64 = 20;

fn command(what: What) -> Command {
    Command { id: Uuid::now_v7(), receipt: None, what }
}

fn add() -> Command {
    command(What::Add { items: vec![1], gate: 1, count: 1, key: 1 })
}

#[tokio::test]
async fn who_is_never_first_is_told_so_and_leaves_nothing() {
    let database = Database::new().await;
    let (one, other) = (database.store(&TaskTracker::new()).await, database.store(&TaskTracker::new()).await);
    let (request, decided) = (Request::unasked(Uuid::now_v7(), OffsetDateTime::UNIX_EPOCH), AtomicI64::new(0));
    let done = one.execute(&request, |unit| {
        let (other, decided) = (&other, &decided);
        async move {
            unit.load::<Item>("1").await?;
            // Between what it sees and what it writes another process writes.
            let position = decided.fetch_add(1, Ordering::Relaxed) + 1;
            assert_eq!(execute(other, &add()).await, Outcome::Appended { position });
            unit.append::<Item>("1", vec![Event::Began], None);
            Ok::<_, StoreError>(())
        }
    });
    let done = done.await;
    assert!(matches!(done, Err(ExecuteError::Busy)), "{done:?}");
    assert_eq!(decided.load(Ordering::Relaxed), DECISIONS);
    assert_eq!(one.reader().head().await.unwrap().position, DECISIONS, "the other's alone");

    // Nothing is held that would be in the way of the next, nor of the same one again.
    assert_eq!(execute(&one, &add()).await, Outcome::Appended { position: DECISIONS + 1 });
    let again = one.execute(&request, |unit| async move {
        unit.load::<Item>("1").await?;
        unit.append::<Item>("1", vec![Event::Began], None);
        Ok::<_, StoreError>(())
    });
    assert_eq!(again.await.unwrap().position, DECISIONS + 2);
    database.remove().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_once_there_is_room_everything_goes_on() {
    let database = Database::new().await;
    let (owner, store) = (database.pool(None).await, database.store(&TaskTracker::new()).await);
    let opened = || What::SetGate { gate: 1, open: true };
    assert_eq!(
        execute(&store, &command(What::SetGate { gate: 1, open: false })).await,
        Outcome::Appended { position: 1 }
    );
    assert_eq!(execute(&store, &command(opened())).await, Outcome::Appended { position: 2 });
    let fill = "create function log.fill() returns trigger language plpgsql as $$ \
                begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$; \
                create trigger is_full before insert on log.events for each statement execute function log.fill(); \
                create trigger is_full before insert on log.receipts for each statement execute function log.fill();";
    sqlx::raw_sql(fill).execute(&owner).await.unwrap();

    let (adds, changes_nothing) = (add(), Command { receipt: Some((1, 0)), ..command(opened()) });
    for _ in 0..2 {
        assert_eq!(execute(&store, &adds).await, Outcome::OutOfSpace);
        // The receipt of what needs no event finds no room either.
        assert_eq!(execute(&store, &changes_nothing).await, Outcome::OutOfSpace);
        assert_eq!(execute(&store, &command(opened())).await, Outcome::NothingToDo, "it writes nothing");
    }
    assert_eq!(store.reader().head().await.unwrap().position, 2);

    sqlx::raw_sql("drop function log.fill() cascade").execute(&owner).await.unwrap();
    assert_eq!(execute(&store, &adds).await, Outcome::Appended { position: 3 });
    assert_eq!(execute(&store, &changes_nothing).await, Outcome::NothingToDo);
    let replayed = Outcome::Replayed { of: changes_nothing.id, position: 2 };
    assert_eq!(execute(&store, &changes_nothing).await, replayed);
    let added = store.reader().after(2, 10).await.unwrap();
    let opens = store.keyring().open_as_stored(&added).await.unwrap();
    assert_eq!(
        (opens.len(), &opens[0]["note"]["open"]),
        (1, &json!("note 0")),
        "with the key that was not written before"
    );
    database.remove().await;
}
