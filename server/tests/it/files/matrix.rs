//! Who is answered what about a file: one table.

use image::ImageFormat;
use serde_json::json;
use uuid::Uuid;

use super::file;
use super::images::image;
use crate::harness::room::Sent;
use crate::harness::{Person, Room, TestApp};

/// Statuses; of a search whether the file's message is among what is found, or the status of who may not ask.
const ANSWERS: &str = "
                metadata content head range preview permissions search forward delete
stranger             404     404  404   404     404         404 nothing    404    404
former-member        404     404  404   404     404         404 nothing    404    404
signed-out           401     401  401   401     401         401     401    401    401
member               200     200  200   206     200         403   found    201    403
owner                200     200  200   206     200         200   found    201    204
";

/// An image that was sent to a room.
struct Shared {
    room: Room,
    sent: Sent,
    id: Uuid,
}

/// What somebody is answered who does one thing with a file.
async fn answer(person: &Person, shared: &Shared, what: &str) -> String {
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
    let sent = owner.sends_files(&room, "sunrise", &[id]).await;
    let shared = Shared { room, sent, id };
    app.settled().await;
    owner.removes(&shared.room, &people[1].1).await;
    people[2].1.delete("/v1/sessions/current").await.expect(204);
    app.settled().await;

    let mut rows = ANSWERS.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let asked = rows.next().unwrap();
    for row in rows {
        let (who, person) = people.iter().find(|(name, _)| *name == row[0]).unwrap();
        for (what, expected) in asked.iter().zip(&row[1..]) {
            assert_eq!(answer(person, &shared, what).await, *expected, "{who}: {what}");
        }
        assert_eq!(asked.len(), row.len() - 1);
    }
}
