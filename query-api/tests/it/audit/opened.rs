//! What is opened for auditors, and what is not.

use domain::id::{RoomId, UserId};
use domain::message::{Message, MessageEvent};
use domain::room::{RoomType, Visibility};
use event_store::StoreError;
use serde_json::Value;

use crate::facts::USUAL;
use crate::world::World;

#[tokio::test]
async fn sealed_fields_are_opened_where_their_keys_exist_and_secret_rooms_never() {
    let world = World::new().await;
    let (auditor, bob) = (world.auditor("ada").await, world.person("bob").await);
    let room = world.private_room(&auditor).await;
    let secret = world.room_of_type(RoomType::Secret, &auditor, Visibility::Private, &USUAL).await;
    let message = world.sends(room, &auditor, "plain as day").await;
    let erased = world.sends(room, &bob, "gone for good").await;
    let hidden = world.sends(secret, &auditor, "never shown").await;
    destroy_key_of(&world, bob.id, room, erased).await;
    world.index_events().await;
    world.catch_up().await;

    let page = world.audits(&auditor, "?open=true&limit=200").await.expect(200);
    let of = |stream: String| page.items().iter().find(|event| event["stream"] == stream).unwrap().clone();
    let shown = of(format!("message-{message}"));
    assert_eq!(shown["opened"]["content"]["open"]["text"], "plain as day");
    assert!(shown["payload"]["content"].get("open").is_none());
    let gone = of(format!("message-{erased}"));
    assert!(gone["opened"]["content"]["key"].is_string() && gone["opened"]["content"].get("open").is_none());
    assert_eq!(of(format!("message-{hidden}"))["opened"], Value::Null);
    assert!(!page.text.contains("never shown") && !page.text.contains("gone for good"));

    let account = of(format!("user-{}", auditor.id));
    assert_eq!(account["opened"]["display_name"]["open"], "ada");
    assert_eq!(account["opened"]["password"], account["payload"]["password"]);
    assert!(account["payload"]["password"]["box"].is_string() && !page.text.contains("argon2id"));
    world.end().await;
}

#[tokio::test]
async fn what_was_tampered_with_stays_closed_and_the_rest_is_opened() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let room = world.private_room(&auditor).await;
    let (first, second) = (world.sends(room, &auditor, "first").await, world.sends(room, &auditor, "second").await);
    // One message's words, moved to another's event.
    sqlx::raw_sql(&format!(
        "alter table log.events disable trigger all; \
         update log.events e set payload = o.payload from log.events o \
         where e.aggregate_id = '{first}' and o.aggregate_id = '{second}'; \
         alter table log.events enable trigger all;"
    ))
    .execute(&world.pool)
    .await
    .unwrap();
    world.index_events().await;
    world.catch_up().await;
    let page = world.audits(&auditor, &format!("?open=true&room={room}&type=message_sent")).await.expect(200);
    assert_eq!(page.each("/opened/content/open/text"), [Value::Null, "second".into()]);
    world.end().await;
}

/// Somebody's words in a room are erased.
async fn destroy_key_of(world: &World, author: uuid::Uuid, room: uuid::Uuid, message: uuid::Uuid) {
    let key: String =
        sqlx::query_scalar("select payload->'content'->>'key' from log.events where aggregate_id = $1::text")
            .bind(message)
            .fetch_one(&world.pool)
            .await
            .unwrap();
    let request = event_store::Request::unasked(world.context.new_id(), world.context.now());
    let (id, key) = (&message.to_string(), &key);
    let done = world.store.execute(&request, |unit| async move {
        let deleted = MessageEvent::MessageDeleted { room_id: RoomId(room), by: UserId(author), erasure: None };
        unit.append_blindly::<Message>(id, vec![deleted], Some(room)).await?;
        unit.destroy_key(key);
        Ok::<_, StoreError>(())
    });
    done.await.unwrap();
}
