//! cqrs-es's stock framework runs on this log.

use std::collections::HashMap;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateError, CqrsFramework, EventStore};
use tokio_util::task::TaskTracker;

use crate::database::Database;
use crate::model::{Event, Item, Note};

fn note(text: &str) -> Event {
    Event::Noted { ordinal: 0, note: Note { key: "note/1".to_owned(), open: Some(text.to_owned()) } }
}

#[tokio::test]
async fn the_stock_framework_appends_sealed_and_loads_opened() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    let framework = CqrsFramework::<Item, _>::new(PersistedEventStore::new_event_store(store.repository()), vec![], ());
    framework.execute("7", vec![note("first"), note("second")]).await.unwrap();
    framework
        .execute_with_metadata("7", vec![note("third")], HashMap::from([("traceparent".into(), "00-x".into())]))
        .await
        .unwrap();

    let again = PersistedEventStore::<_, Item>::new_event_store(store.repository());
    let events = again.load_events("7").await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.payload.clone()).collect::<Vec<_>>(),
        [note("first"), note("second"), note("third")]
    );
    let recorded = store.reader().after(0, 10).await.unwrap();
    assert_eq!(
        recorded.iter().map(|event| (event.position, event.sequence)).collect::<Vec<_>>(),
        [(1, 1), (2, 2), (3, 3)]
    );
    assert!(recorded.iter().all(|event| !event.payload.contains("first") && event.payload.contains("box")));
    assert_eq!(recorded[2].metadata().unwrap().traceparent.as_deref(), Some("00-x"));
    database.remove().await;
}

#[tokio::test]
async fn two_that_decided_from_the_same_state_are_told_apart() {
    let database = Database::new().await;
    let store = database.store(&TaskTracker::new()).await;
    let events = PersistedEventStore::<_, Item>::new_event_store(store.repository());
    let (first, second) = (events.load_aggregate("7").await.unwrap(), events.load_aggregate("7").await.unwrap());
    events.commit(vec![note("first")], first, HashMap::new()).await.unwrap();
    let conflict = events.commit(vec![note("second")], second, HashMap::new()).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)), "{conflict:?}");
    assert_eq!(store.reader().head().await.unwrap().position, 1);
    database.remove().await;
}
