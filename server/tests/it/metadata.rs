//! What every event says besides what happened: who, when, where and why.

use crate::erasures::{erases, finished};
use crate::harness::TestApp;

/// What the events of a type react to, in their order: type and stream of the event that each names. None where it names
/// none.
pub(crate) async fn causes(app: &TestApp, event_type: &str) -> Vec<Option<String>> {
    sqlx::query_scalar(
        "select case when l.metadata ->> 'causation_id' is not null \
             then coalesce(c.event_type || ' ' || c.aggregate_id, 'an event that is not there') end \
         from log.events l left join log.events c on c.event_id = (l.metadata ->> 'causation_id')::uuid \
         where l.event_type = $1 order by l.position",
    )
    .bind(event_type)
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn what_finishes_an_erasure_names_the_event_that_erased() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    finished(&alice, &erases(&bob).await.expect(200)).await;
    assert_eq!(causes(&app, "erasure_finished").await, [Some(format!("user_erased {}", bob.id))]);
    assert_eq!(causes(&app, "user_erased").await, [None], "it was asked for");
}
