//! Streams that are decided from their last event alone.

use event_store::{Request, StoreError};
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Event, Item, Outcome, What, execute};

#[tokio::test]
async fn a_state_is_made_of_the_last_event_and_guarded_like_a_whole_one() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    let add =
        Command { id: Uuid::now_v7(), receipt: None, what: What::Add { items: vec![1], gate: 1, count: 3, key: 1 } };
    assert_eq!(execute(&store, &add).await, Outcome::Appended { position: 3 });

    let another = database.store(&TaskTracker::new()).await; // which has nothing in memory
    let request = Request::unasked(Uuid::now_v7(), OffsetDateTime::UNIX_EPOCH);
    let done = another.execute(&request, |unit| async move {
        let item = unit.load_last::<Item>("1").await?;
        unit.append::<Item>("1", vec![Event::Began], None);
        let nothing = unit.load_last::<Item>("2").await?;
        Ok::<_, StoreError>((item.notes, item.sequence, nothing.notes, nothing.sequence))
    });
    let done = done.await.unwrap();
    assert_eq!((done.value, done.position), ((1, 3, 0, 0), 4));
    assert_eq!(store.reader().last_of("item", "1").await.unwrap().unwrap().sequence, 4);
    assert!(store.reader().last_of("item", "2").await.unwrap().is_none());
    assert_eq!(store.reader().position_of("item", "1", 4).await.unwrap(), Some(4));
    assert_eq!(store.reader().position_of("item", "1", 5).await.unwrap(), None);
    database.remove().await;
}
