//! Who says for how long a room keeps messages.

use serde_json::{Value, json};

use super::{app, keeps};
use crate::harness::Room;

#[tokio::test]
async fn for_how_long_is_said_by_who_manages_the_room() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["retain_for"], Value::Null);
    bob.patch(&room.path(""), json!({"retain_for": "P1D"})).await.expect_problem(403, "forbidden");
    for wrong in [json!("P0D"), json!("30"), json!("P36501D"), json!(30), json!("P1M"), json!("")] {
        alice.patch(&room.path(""), json!({"retain_for": wrong})).await.expect_invalid("/retain_for");
    }
    keeps(&alice, &room, "P30D").await;
    let head = app.head().await;
    keeps(&alice, &room, "P30D").await;
    assert_eq!(app.head().await, head, "nothing changed");
    assert_eq!(bob.get(&room.path("")).await.expect(200).body["retain_for"], "P30D");
    let notice = bob.get(&room.path("/messages")).await.expect(200);
    let notice = notice.items().last().unwrap()["data"]["event"].clone();
    assert_eq!(notice, json!({"type": "room_retention_changed", "retain_for": "P30D"}));
    let shown = alice.patch(&room.path(""), json!({"retain_for": null})).await.expect(200);
    assert_eq!(shown.body["retain_for"], Value::Null);
    let dialog = alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201);
    keeps(&bob, &Room(dialog.id()), "P7D").await;
}
