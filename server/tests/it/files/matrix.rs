//! Who is answered what about a file: one table.

use std::collections::HashMap;

use client::{Connection, OpenError};
use image::ImageFormat;
use serde_json::{Value, json};
use uuid::Uuid;

use super::file;
use super::images::image;
use crate::harness::room::Sent;
use crate::harness::{Listener, Person, Room, TestApp, kinds};

/// Statuses; of a search whether the file's message is among what is found, or the status of who may not ask; of the stream
/// what is told as the file is sent, while the former member is one, and who is signed out is not; of what was missed, what
/// who looks back is told of the same.
const ANSWERS: &str = "
                metadata content head range preview permissions search forward stream missed delete
stranger             404     404  404   404     404         404 nothing    404 nothing nothing  404
former-member        404     404  404   404     404         404 nothing    404    told nothing  404
signed-out           401     401  401   401     401         401     401    401    told     401  401
member               200     200  200   206     200         403   found    201    told    told  403
owner                200     200  200   206     200         200   found    201    told    told  204
";

/// An image that was sent to a room.
struct Shared {
    room: Room,
    sent: Sent,
    id: Uuid,
    /// Where the log was before it was sent.
    before: i64,
}

/// What somebody is answered who does one thing with a file.
async fn answer(person: &Person, shared: &Shared, what: &str) -> String {
    if what == "missed" {
        return missed(person, shared).await;
    }
    let content = file(shared.id, "/content");
    let asks = |method: &str, path: &str| person.request(method, path).header("min-event-position", "0");
    let request = match what {
        "metadata" => asks("GET", &file(shared.id, "")),
        "content" => asks("GET", &content),
        "head" => asks("HEAD", &content),
        "range" => asks("GET", &content).header("range", "bytes=0-7"),
        "preview" => asks("GET", &format!("{content}?preview=true")),
        "permissions" => asks("GET", &file(shared.id, "/permissions")),
        "search" => asks("GET", "/v1/search?q=sunrise"),
        "forward" => {
            // Each has a room of their own to take it to; who is signed out can make none.
            let own = person.post("/v1/rooms", json!({"type": "group", "name": "own"})).await;
            let own = if own.status == 201 { own.id() } else { shared.room.0 };
            let body = json!({"to_room_id": own});
            person.request("POST", &shared.room.message(&shared.sent, "/forwards")).json(&body)
        }
        "delete" => person.request("DELETE", &file(shared.id, "")),
        _ => panic!("nobody does {what}"),
    };
    // Of bytes only the status is told: they are no text.
    let answer = request.raw().send().await.unwrap();
    if what != "search" || answer.status() != 200 {
        return answer.status().as_u16().to_string();
    }
    let page: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let hits = page["items"].as_array().unwrap();
    let is_there = hits.iter().any(|hit| hit["message"]["data"]["files"][0]["id"] == json!(shared.id));
    assert_eq!(is_there, !hits.is_empty());
    if is_there { "found" } else { "nothing" }.to_owned()
}

/// What somebody is told who looks back on the sending, or the status of who may not.
async fn missed(person: &Person, shared: &Shared) -> String {
    match Connection::open(person.url(), &person.token, Some(shared.before.into())).await {
        Err(OpenError::Refused(status)) => status.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => {
            let mut frames = person.listens_since(shared.before).await.until(shared.sent.position).await;
            frames.retain(|frame| frame["position"].as_i64() <= Some(shared.sent.position));
            sending(&frames, shared.id)
        }
    }
}

/// Whether the sending was told: all of it, with the file as it is fetched, or nothing.
fn sending(frames: &[Value], id: Uuid) -> String {
    if frames.is_empty() {
        return "nothing".to_owned();
    }
    assert_eq!(kinds(frames), ["file_granted", "message_sent"]);
    for file in [&frames[0]["data"], &frames[1]["data"]["data"]["files"][0]] {
        assert_eq!((&file["id"], &file["filename_visible"]), (&json!(id), &json!("sunrise.png")));
    }
    "told".to_owned()
}

/// Those frames that say anything of a file.
fn of_the_file(frames: Vec<Value>, id: Uuid) -> Vec<Value> {
    frames.into_iter().filter(|frame| frame.to_string().contains(&id.to_string())).collect()
}

#[tokio::test]
async fn everybody_is_answered_what_is_theirs_to_know() {
    let app = TestApp::start().await;
    let (owner, room) = app.member_of_a_room("owner").await;
    let mut people = vec![];
    for name in ["stranger", "former-member", "signed-out", "member"] {
        let person = app.registers(name).await;
        if name != "stranger" {
            owner.adds(&room, &person).await;
        }
        people.push((name, person));
    }
    people.push(("owner", owner.clone()));
    let id = owner.uploads("sunrise.png", image(640, 400, ImageFormat::Png)).await;
    app.settled().await;
    let before = app.head().await;
    let mut listeners: HashMap<&str, Listener> = HashMap::new();
    for (name, person) in &people {
        listeners.insert(name, person.listens().await);
    }
    let sent = owner.sends_files(&room, "sunrise", &[id]).await;
    let shared = Shared { room, sent, id, before };
    let mut told = HashMap::new();
    for (name, listener) in &mut listeners {
        told.insert(*name, sending(&listener.until(shared.sent.position).await, id));
    }
    app.settled().await;
    owner.removes(&shared.room, &people[1].1).await;
    people[2].1.delete("/v1/sessions/current").await.expect(204);
    app.settled().await;

    let mut rows = ANSWERS.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let asked = rows.next().unwrap();
    for row in rows {
        let (who, person) = people.iter().find(|(name, _)| *name == row[0]).unwrap();
        for (what, expected) in asked.iter().zip(&row[1..]) {
            let answer = if *what == "stream" { told[who].clone() } else { answer(person, &shared, what).await };
            assert_eq!(answer, *expected, "{who}: {what}");
        }
        assert_eq!(asked.len(), row.len() - 1);
    }
    // The owner has deleted it by now.
    let last = app.head().await;
    let (code, frames) = listeners.remove("signed-out").unwrap().ends().await;
    assert_eq!((code, of_the_file(frames, id)), (Some(4001), vec![]));
    for (name, mut listener) in listeners {
        let frames = of_the_file(listener.until(last).await, id);
        let gone: Vec<&Value> = frames.iter().filter(|frame| frame["type"] == "file_deleted").collect();
        match name {
            "stranger" | "former-member" => assert_eq!(frames, [Value::Null; 0], "{name}"),
            _ => assert_eq!((gone.len(), &gone[0]["data"]), (1, &json!({"id": id})), "{name}"),
        }
    }
}

#[tokio::test]
async fn who_sees_a_file_by_another_way_is_not_told_that_it_is_gone() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol, dan) = (app.registers("bob").await, app.registers("carol").await, app.registers("dan").await);
    let other = alice.creates_room("other").await;
    for (place, person) in [(&room, &bob), (&room, &carol), (&room, &dan), (&other, &bob)] {
        alice.adds(place, person).await;
    }
    let id = alice.uploads("sunrise.txt", "hello").await;
    for grantee in [format!("rooms/{}", room.0), format!("rooms/{}", other.0), format!("users/{}", carol.id)] {
        alice.put(&file(id, &format!("/permissions/{grantee}")), json!({})).await.expect(204);
    }
    let to_bob = file(id, &format!("/permissions/users/{}", bob.id));
    alice.put(&to_bob, json!({})).await.expect(204);
    app.settled().await;
    let since = app.head().await;
    let shown = alice.get(&file(id, "")).await.expect(200).body;
    let gone = json!({"id": id});
    let people = [(&alice, &shown), (&bob, &shown), (&carol, &shown), (&dan, &gone)];

    // Bob is in both rooms besides, and in the other one still; Carol was granted it; Dan was in the room alone.
    let mut at_bob = bob.listens().await;
    alice.delete(&to_bob).await.expect(204);
    assert_eq!(at_bob.hears_of("file_revoked").await["data"]["filename_visible"], "sunrise.txt");
    let mut listeners = vec![];
    for (person, _) in &people {
        listeners.push(person.listens().await);
    }
    alice.delete(&file(id, &format!("/permissions/rooms/{}", room.0))).await.expect(204);
    app.settled().await;
    for (mut listener, (person, data)) in listeners.into_iter().zip(people) {
        let status = if *data == gone { 404 } else { 200 };
        person.get(&file(id, "")).await.expect(status);
        let mut later = person.listens_since(since).await;
        for listener in [&mut listener, &mut later] {
            let told = listener.until(app.head().await).await;
            let told = told.iter().rfind(|frame| frame["type"] == "file_revoked").unwrap();
            assert_eq!(told["data"]["filename_visible"], data["filename_visible"], "{}", person.email);
            assert_eq!(told["data"]["id"], json!(id));
        }
    }
}

#[tokio::test]
async fn who_a_file_is_taken_from_is_told_its_id_and_nothing_else() {
    let app = TestApp::start().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let id = alice.uploads("sunrise.txt", "hello").await;
    app.settled().await;
    let (mut at_alice, mut at_bob, mut at_eve) = (alice.listens().await, bob.listens().await, eve.listens().await);
    let to_bob = file(id, &format!("/permissions/users/{}", bob.id));
    alice.put(&to_bob, json!({})).await.expect(204);
    let shown = bob.get(&file(id, "")).await.expect(200).body;
    assert_eq!(at_bob.hears_of("file_granted").await["data"], shown);
    alice.delete(&to_bob).await.expect(204);
    let revoked = at_bob.hears_of("file_revoked").await;
    assert_eq!((&revoked["data"], &revoked["message"]), (&json!({"id": id}), &Value::Null));
    alice.delete(&file(id, "")).await.expect(204);
    let last = app.head().await;
    assert_eq!(kinds(&at_alice.until(last).await), ["file_granted", "file_revoked", "file_deleted"]);
    assert_eq!(kinds(&at_bob.until(last).await), [""; 0], "it is theirs no more");
    assert_eq!(kinds(&at_eve.until(last).await), [""; 0]);
}
