//! Lists in pages: forth to the end and back again, each item once.

use serde_json::{Value, json};

use super::scene::People;
use super::{Row, Scene, rows};
use crate::harness::TestApp;
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person};

/// Items that each list has at least.
const ITEMS: usize = 5;

/// Read from their last items.
const FROM_THE_END: [&str; 1] = ["ListMessages"];

/// So much on a scene that every list has several pages.
async fn crowded(app: &TestApp, scene: &Scene) {
    let (alice, room, message) = (&scene.asks, &scene.room, &scene.message);
    for number in 0..ITEMS {
        let person = app.registers(&format!("guest{number}")).await;
        alice.adds(room, &person).await;
        person.put(&room.path("/read"), json!({"position": message.position})).await.expect(204);
        let outside = app.registers(&format!("outside{number}")).await;
        alice.bans(room, &outside, json!({})).await.expect(204);
        alice.put(&format!("/v1/users/me/blocks/{}", outside.id), json!({})).await.expect(204);
        alice.invites(room, json!({})).await;
        alice.sends(room, "hello").await;
        alice.patch(&room.message(message, ""), json!({"text": format!("hello {number}")})).await.expect(200);
        alice.creates_public_room(&format!("square {number}")).await;
        Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    }
    app.settled().await;
}

async fn page(scene: &Scene, row: &Row, query: &str) -> Answer {
    let path = format!("{}?{}&{query}", row.address(scene), row.query()).replace("?&", "?");
    let answer = scene.asks.request("GET", &path).send().await;
    assert_eq!(answer.status, 200, "{}: {}", row.name, answer.text);
    answer
}

/// The pages of three from `first` on, in one direction, to the end.
async fn pages(scene: &Scene, row: &Row, first: Answer, direction: &str) -> Vec<Answer> {
    let mut pages = vec![first];
    while let Some(cursor) = pages.last().and_then(|page| page.body[direction].as_str()) {
        let next = page(scene, row, &format!("limit=3&{direction}={cursor}")).await;
        assert!(!next.items().is_empty(), "{}: a cursor leads somewhere", row.name);
        pages.push(next);
    }
    pages
}

/// All but when a session was last seen, which the reading itself moves.
fn items<'a>(pages: impl IntoIterator<Item = &'a Answer>) -> Vec<Value> {
    let mut items: Vec<_> = pages.into_iter().flat_map(|page| page.items().to_vec()).collect();
    for item in &mut items {
        item.as_object_mut().map(|item| item.remove("last_seen_at"));
    }
    items
}

#[tokio::test]
async fn every_list_is_read_to_its_end_and_back() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    crowded(&app, &scene).await;
    for row in rows().iter().filter(|row| row.takes("limit")) {
        let all = items([&page(&scene, row, "limit=200").await]);
        assert!(all.len() >= ITEMS, "{} has {} items", row.name, all.len());
        let (on, back) = if row.is(&FROM_THE_END) { ("before", "after") } else { ("after", "before") };
        let first = page(&scene, row, "limit=3").await;
        assert_eq!((first.items().len(), &first.body[back]), (3, &Value::Null), "{}", row.name);
        let mut there = pages(&scene, row, first, on).await;
        let end = there.last().unwrap().clone();
        let mut returned = pages(&scene, row, end, back).await;
        let reversed = if row.is(&FROM_THE_END) { &mut there } else { &mut returned };
        reversed.reverse();
        assert_eq!(items(&there), all, "{}", row.name);
        assert_eq!(items(&returned), all, "{}", row.name);
    }
}
