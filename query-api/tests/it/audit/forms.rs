//! The forms in which events are answered.

use domain::session::{Session, SessionEvent};
use futures::StreamExt;
use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn payload_and_metadata_are_the_stored_text() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let room = world.private_room(&auditor).await;
    world.sends(room, &auditor, "hello").await;
    let page = world.audits(&auditor, "?limit=200").await.expect(200);
    let stored: Vec<(String, String)> =
        sqlx::query_as("select payload::text, metadata::text from log.events where aggregate_type <> 'audit'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    for (payload, metadata) in stored {
        assert!(page.text.contains(&format!("\"payload\":{payload},\"metadata\":{metadata}")), "{payload}");
    }
    let message = page.items().iter().find(|event| event["type"] == "message_sent").unwrap();
    assert_eq!(message["version"], "1");
    assert!(message["payload"]["content"]["box"].is_string() && message["payload"]["content"].get("open").is_none());
    assert_eq!(message["recorded_at"].as_str().unwrap().len(), "2025-03-01T12:00:00.123456Z".len());
    let names = ["position", "event_id", "stream", "sequence", "type", "version", "recorded_at", "payload", "metadata"];
    assert_eq!(message.as_object().unwrap().len(), names.len());
    assert!(names.iter().all(|name| message.get(name).is_some()));
    world.end().await;
}

#[tokio::test]
async fn the_whole_is_streamed_up_to_where_the_log_ended() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    sqlx::raw_sql(
        "insert into log.events select 'message', gen_random_uuid()::text, 1, 'message_sent', '1', '{\"n\":1}', \
             '{\"room_id\":null}', p, gen_random_uuid(), now() \
         from generate_series((select position + 1 from log.head), (select position + 1300 from log.head)) p; \
         update log.head set position = position + 1300, recorded_at = now();",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let head = world.head().await;
    let whole = world.audits_as(&auditor, "", "application/x-ndjson").await.expect(200);
    assert_eq!(whole.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = whole.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let positions: Vec<i64> = lines.iter().map(|line| line["position"].as_i64().unwrap()).collect();
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());

    let some = world.audits_as(&auditor, "?after=3&limit=700", "application/x-ndjson").await.expect(200);
    assert_eq!(some.text.lines().count(), 700);

    let events = world.audits_as(&auditor, "", "application/cloudevents-batch+json").await.expect(200);
    let (batch, origin) = (events.body.as_array().unwrap(), origin(&world).await);
    assert_eq!(batch.len(), usize::try_from(head + 2).unwrap());
    for (event, line) in batch.iter().zip(&lines) {
        assert_eq!((&event["specversion"], &event["source"]), (&"1.0".into(), &Value::from(origin.clone())));
        assert_eq!((&event["id"], &event["data"]), (&line["event_id"], &line["payload"]));
        assert_eq!(serde_json::from_str::<Value>(event["metadata"].as_str().unwrap()).unwrap(), line["metadata"]);
    }
    let none = world.audits_as(&auditor, "?after=999999", "application/cloudevents-batch+json").await.expect(200);
    assert_eq!(none.body, serde_json::json!([]));
    world.end().await;
}

#[tokio::test]
async fn an_export_ends_with_its_session_and_does_not_look_whole() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    sqlx::raw_sql(
        "insert into log.events select 'message', gen_random_uuid()::text, 1, 'message_sent', '1', '{}', '{}', p, \
             gen_random_uuid(), now() \
         from generate_series((select position + 1 from log.head), (select position + 1300 from log.head)) p; \
         update log.head set position = position + 1300, recorded_at = now();",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let headers = [("audit-reason", "a long look"), ("accept", "application/x-ndjson")];
    let mut pieces = world.begin(&auditor, "/v1/audit/events", &headers).await.into_body().into_data_stream();
    assert!(!pieces.next().await.unwrap().unwrap().is_empty());
    world.append::<Session>(&auditor.token.session.to_string(), vec![SessionEvent::SessionEnded], None, None).await;
    assert!(pieces.next().await.unwrap().is_err());
    world.end().await;
}

async fn origin(world: &World) -> String {
    sqlx::query_scalar("select 'urn:uuid:' || origin from log.head").fetch_one(&world.pool).await.unwrap()
}
