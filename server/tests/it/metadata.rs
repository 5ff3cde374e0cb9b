//! What every event says besides what happened: who, when, where and why.

use api_kit::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::erasures::{erases, finished};
use crate::harness::{Setup, TestApp};

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
async fn a_message_says_who_sent_it_when_where_and_by_which_request() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (request, trace) = ("0197e0c2-5b1e-7c3a-9d53-3f6c2b1a0e47", "00-0af7651916cd43dd8448eb211c80319c");
    let sending = alice.request("POST", &room.path("/messages")).header("x-request-id", request);
    let sending = sending.header("traceparent", format!("{trace}-b7ad6b7169203331-01"));
    sending.json(&json!({"text": "hello"})).send().await.expect(201);

    let sent = "select event_id, metadata from log.events where event_type = 'message_sent'";
    let (event_id, metadata): (Uuid, Value) = sqlx::query_as(sent).fetch_one(&app.pool).await.unwrap();
    let traceparent = metadata["traceparent"].as_str().unwrap();
    let (of, span) = traceparent.split_at(trace.len());
    assert!(of == trace && span != "-b7ad6b7169203331-01", "a part of its own: {traceparent}");
    let command: Uuid = metadata["command_id"].as_str().unwrap().parse().unwrap();
    assert_eq!((command.get_version_num(), event_id.get_version_num()), (7, 8), "the one made, the other derived");
    let now = app.setup.context.now();
    let key = format!("content/{}/{}/{}-{:02}", alice.id, room.0, now.year(), u8::from(now.month()));
    let expected = json!({
        "actor_id": alice.id,
        "causation_id": null,
        "command_id": command,
        "correlation_id": request,
        "event_id": event_id,
        "key_ids": [key],
        "occurred_at": Timestamp(now),
        "room_id": room.0,
        "schema_version": 1,
        "session_id": alice.session(),
        "traceparent": traceparent,
    });
    assert_eq!(metadata, expected);

    // A room is made by one command, of several events, and by another.
    let made = "select metadata ->> 'command_id', event_id from log.events \
                where event_type in ('room_created', 'membership_joined') order by position";
    let made: Vec<(String, Uuid)> = sqlx::query_as(made).fetch_all(&app.pool).await.unwrap();
    let [(first, created), (second, joined)] = made.as_slice() else { panic!("{made:?}") };
    assert!(first == second && created != joined && *first != command.to_string(), "{made:?}");
}

#[tokio::test]
async fn what_finishes_an_erasure_names_the_event_that_erased() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    finished(&alice, &erases(&bob).await.expect(200)).await;
    assert_eq!(causes(&app, "erasure_finished").await, [Some(format!("user_erased {}", bob.id))]);
    assert_eq!(causes(&app, "user_erased").await, [None], "it was asked for");
}
