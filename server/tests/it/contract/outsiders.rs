//! Who is not served, and what they learn by it.

use serde_json::{Value, json};

use super::scene::People;
use super::{Row, Scene, rows};
use crate::harness::{Answer, Person, Room, TestApp};

/// Of a public room everyone may ask for this.
const OF_PUBLIC_ROOMS: [&str; 3] = ["GetRole", "GetRoom", "JoinRoom"];

/// Of any room an administrator may ask for this, a member or not; of one that nobody owns, for `TransferOwnership` too.
const OF_ADMINISTRATORS: [&str; 1] = ["CloseRoom"];

fn without_request_id(mut answer: Answer) -> Value {
    answer.body["request_id"].take();
    answer.body
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so_and_does_nothing() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let head = app.head().await;
    for row in rows().into_iter().filter(|row| !row.is_open()) {
        let request = app.request(&row.method, &format!("{}?{}", row.address(&scene), row.query()));
        let answer = match row.body(&scene) {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        };
        assert_eq!((answer.status, answer.problem()), (401, Some("not-signed-in")), "{}: {}", row.name, answer.text);
        assert!(answer.header("www-authenticate").is_some(), "{}", row.name);
    }
    assert_eq!(app.head().await, head);
    let open: Vec<_> = rows().into_iter().filter(Row::is_open).map(|row| row.name).collect();
    assert_eq!(open, ["RequestPasswordReset", "ResetPassword", "StartSession", "RegisterUser", "VerifyEmail"]);
}

/// Asks for a row there, and in a room that is not.
async fn learns_nothing(scene: &Scene, person: &Person, row: &Row) {
    let nowhere = Room("01900000-0000-7000-8000-000000000000".parse().unwrap());
    let part = |name: &str| if name == "room" { nowhere.0.to_string() } else { row.part(name, scene) };
    let there = scene.asked(person, row).await;
    let not_there = scene.asked_at(person, row, &row.address_with(part)).await;
    assert_eq!((there.status, there.problem()), (404, Some("not-found")), "{}: {}", row.name, there.text);
    assert_eq!(without_request_id(there), without_request_id(not_there), "{}", row.name);
}

#[tokio::test]
async fn who_is_not_or_no_longer_in_a_room_learns_nothing_of_it_and_does_nothing() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    let scene = people.any_scene().await;
    let (stranger, removed) = (app.registers("eve").await, app.registers("frank").await);
    let administrator = app.administrator("grace").await;
    scene.asks.adds(&scene.room, &removed).await;
    scene.asks.removes(&scene.room, &removed).await;
    app.settled().await;
    let head = app.head().await;
    for row in rows().iter().filter(|row| row.in_room()) {
        for person in [&stranger, &removed, &people.dave] {
            learns_nothing(&scene, person, row).await;
        }
        if !row.is(&OF_ADMINISTRATORS) {
            learns_nothing(&scene, &administrator, row).await;
        }
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_closed_room_is_to_everyone_as_if_it_had_never_been() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    let scene = people.any_scene().await;
    scene.asks.delete(&scene.room.path("")).await.expect(204);
    app.settled().await;
    let head = app.head().await;
    for row in rows().iter().filter(|row| row.in_room()) {
        for person in [&people.alice, &people.bob, &people.carol] {
            learns_nothing(&scene, person, row).await;
        }
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn of_a_public_room_everyone_sees_what_it_is_and_members_what_is_in_it() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    let scene = people.any_scene().await;
    scene.asks.patch(&scene.room.path(""), json!({"visibility": "public"})).await.expect(200);
    let (stranger, removed, banned) = (app.registers("eve").await, app.registers("frank").await, &people.dave);
    let administrator = app.administrator("grace").await;
    scene.asks.adds(&scene.room, &removed).await;
    scene.asks.removes(&scene.room, &removed).await;
    app.settled().await;
    let head = app.head().await;
    for row in rows().iter().filter(|row| row.in_room() && !row.is(&OF_PUBLIC_ROOMS)) {
        let administrator = Some(&administrator).filter(|_| !row.is(&OF_ADMINISTRATORS));
        for person in [&stranger, &removed, banned].into_iter().chain(administrator) {
            let answer = scene.asked(person, row).await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (403, Some("not-a-member")), "{} by {}: {}", row.name, person.email, answer.text);
        }
    }
    assert_eq!(app.head().await, head);
    for row in rows().iter().filter(|row| row.is(&OF_PUBLIC_ROOMS)) {
        for person in [&stranger, &removed] {
            scene.asked(person, row).await.expect(if row.is_query() { 200 } else { 201 });
        }
        let answer = scene.asked(banned, row).await;
        if row.is_query() {
            answer.expect(200);
        } else {
            answer.expect_problem(409, "banned");
        }
    }
}
