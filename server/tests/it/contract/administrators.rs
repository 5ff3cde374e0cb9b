//! An administrator reads no private content by any query, old or new: those of the document are all gone through. Nor do
//! they do more with others' files and calls, and with the record, than anybody else.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Row, rows_elsewhere};
use crate::harness::room::Sent;
use crate::harness::{Answer, Person, Room, Setup, TestApp};

/// In all that is private: names of rooms, roles and files, topics, texts, bytes, reasons, settings.
const CANARY: &str = "canary7c1e";

/// What is answered besides the administrator's own: of an account what an administrator sees of each, and no content.
const OF_OTHERS: [&str; 1] = ["GetAccount"];

/// What is not about others: everybody has an answer of their own, or all have the same.
const OF_EVERYONE: [&str; 3] = ["DescribeUploads", "GetIceServers", "OpenStream"];

/// The id of nothing.
const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// A room of others, with something of all that a query may be about.
struct Private {
    room: Room,
    message: Sent,
    file: String,
    /// An upload for it that has begun.
    upload: String,
    call: String,
    role: String,
}

/// Its clock stands still: however long a story takes, who is in a call without a socket is not taken for gone, and none rings
/// out. So nothing happens by itself.
async fn app_where_calls_go_on() -> TestApp {
    Setup::without_nats().await.with_clock().start().await
}

/// Alice's rooms with Bob: a group, a dialog, a secret room.
async fn private_rooms(alice: &Person, bob: &Person, dave: &Person) -> Vec<Private> {
    let group = alice.creates_room(&format!("{CANARY} room")).await;
    alice.patch(&group.path(""), json!({"topic": format!("{CANARY} topic")})).await.expect(200);
    alice.adds(&group, bob).await;
    alice.bans(&group, dave, json!({"reason": format!("{CANARY} reason")})).await.expect(204);
    alice.invites(&group, json!({})).await;
    let role = alice.defines(&group, &format!("{CANARY} role"), 1, &["invite_members"]).await.to_string();
    let dialog =
        Room(alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201).id());
    let secret = alice.confides_in(bob).await;
    let mut rooms = vec![];
    for (room, is_secret) in [(group, false), (dialog, false), (secret, true)] {
        let (name, bytes) = (format!("{CANARY}.txt"), format!("{CANARY} bytes"));
        let file = if is_secret {
            alice.whispers(&room, &name, bytes).await.expect(201).id()
        } else {
            alice.uploads(&name, bytes).await
        };
        let message = alice.sends_files(&room, &format!("{CANARY} words"), &[file]).await;
        if !is_secret {
            alice.patch(&room.message(&message, ""), json!({"text": format!("{CANARY} reworded")})).await.expect(200);
        }
        alice.put(&room.message(&message, &format!("/reactions/{CANARY}")), json!({})).await;
        let call = alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201).id().to_string();
        let upload = begins(alice, Some(room).filter(|_| is_secret)).await;
        rooms.push(Private { room, message, file: file.to_string(), upload, call, role: role.clone() });
    }
    alice.put("/v1/users/me/settings", json!({"note": CANARY})).await.expect(204);
    rooms
}

/// An upload of some bytes, perhaps for a secret room.
async fn begins(person: &Person, room: Option<Room>) -> String {
    let query = room.map(|room| format!("?room={}", room.0)).unwrap_or_default();
    let request = person.request("POST", &format!("/v1/uploads{query}")).header("tus-resumable", "1.0.0");
    let begun = request.header("upload-length", "5").send().await.expect(201);
    begun.header("location").unwrap().rsplit('/').next().unwrap().to_owned()
}

impl Private {
    /// The same of which nothing is there.
    fn nowhere() -> Self {
        let (id, text): (Uuid, _) = (NOWHERE.parse().unwrap(), || NOWHERE.to_owned());
        let message = Sent { id, position: 0 };
        Self { room: Room(id), message, file: text(), upload: text(), call: text(), role: text() }
    }

    /// The address of a query about it. A name in braces that is not known is a new one: say here what it stands for.
    fn address(&self, path: &str, alice: &Person) -> String {
        let part = |part: &str| match part {
            "{room}" => self.room.0.to_string(),
            "{user}" => alice.id.to_string(),
            "{role}" => self.role.clone(),
            "{slug}" => CANARY.to_owned(),
            "{*name}" => "0/000.p/1".to_owned(),
            "{id}" if path.starts_with("/v1/files/") => self.file.clone(),
            "{id}" if path.starts_with("/v1/uploads/") => self.upload.clone(),
            "{id}" if path.starts_with("/v1/calls/") => self.call.clone(),
            "{id}" if path.starts_with("/v1/users/") => alice.id.to_string(),
            "{id}" if path.contains("/messages/") => self.message.id.to_string(),
            "{id}" if path.contains("/erasures/") || path.contains("/holds/") => self.message.id.to_string(),
            named if named.starts_with('{') => panic!("what is {named} in {path}?"),
            plain => plain.to_owned(),
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// All queries of the document: what they are called and their paths.
fn queries() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(crate::openapi::COMMITTED).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let queries = paths
        .filter_map(|(path, item)| Some((item.get("get")?["operationId"].as_str().unwrap().to_owned(), path.clone())));
    queries.collect()
}

/// With all that a question may have to say: what it does not know is left out.
async fn asked(admin: &Person, name: &str, address: &str) -> Answer {
    let query = match name {
        "SearchMessages" | "ListUsers" | "ListPublicRooms" => format!("?q={CANARY}"),
        "ProveConsistency" => "?from=1&to=1".to_owned(),
        "ProveInclusion" => "?position=1&size=1".to_owned(),
        _ => String::new(),
    };
    admin.request("GET", &format!("{address}{query}")).header("audit-reason", "curious").patiently().await
}

#[tokio::test]
async fn an_administrator_reads_no_private_content_by_any_query() {
    let app = TestApp::without_nats().await;
    let admin = app.administrator("root").await;
    let (alice, bob, dave) = (app.registers("alice").await, app.registers("bob").await, app.registers("dave").await);
    let before = app.head().await;
    let rooms = private_rooms(&alice, &bob, &dave).await;
    app.settled().await;
    let queries = queries();
    assert!(queries.len() > 40, "the queries were not read");
    for (name, path) in queries.iter().filter(|(name, _)| name != "OpenStream") {
        for private in &rooms {
            let address = private.address(path, &alice);
            let answer = asked(&admin, name, &address).await;
            assert!(!answer.text.replace(&address, "").contains(CANARY), "{name} {address}: {}", answer.text);
            let is_about_others = path.contains('{') && !OF_OTHERS.contains(&name.as_str());
            if is_about_others || path.starts_with("/v1/audit/") {
                assert!([403, 404].contains(&answer.status), "{name} {address}: {} {}", answer.status, answer.text);
            } else {
                assert_eq!(answer.status, 200, "{name} {address}: {}", answer.text);
            }
        }
    }
    let frames = admin.listens_since(before).await.until(app.head().await).await;
    assert!(frames.iter().all(|frame| !frame.to_string().contains(CANARY) && frame["room_id"].is_null()), "{frames:?}");
    // What the canary stands in is there to be read, by who may.
    for private in &rooms {
        let shown = alice.get(&private.room.path("/messages")).await.expect(200);
        assert!(shown.text.contains(CANARY), "{}", shown.text);
    }
}

/// Somebody asks for a row on files, calls or the record as it is meant to be asked for.
async fn tries(person: &Person, row: &Row, private: &Private, alice: &Person) -> Answer {
    let query = match row.name.as_str() {
        "UploadFile" => format!("?filename=a.txt&room={}", private.room.0),
        "CreateUpload" => format!("?room={}", private.room.0),
        "ProveConsistency" => "?from=1&to=1".to_owned(),
        "ProveInclusion" => "?position=1&size=1".to_owned(),
        _ => String::new(),
    };
    let request = person.request(&row.method, &format!("{}{query}", private.address(&row.path, alice)));
    let request = request.header("audit-reason", "curious").header("tus-resumable", "1.0.0");
    let request = match row.name.as_str() {
        "PlaceHold" => request.json(&json!({"room_id": private.room.0, "reason": "curious"})),
        "SendSignal" => request.json(&json!({"to": alice.id, "payload": {}})),
        "StartCall" => request.json(&json!({"media": "audio"})),
        "UploadFile" => request.bytes("words"),
        "CreateUpload" => request.header("upload-length", "5"),
        "AppendUpload" => {
            let part = request.header("upload-offset", "0").header("content-type", "application/offset+octet-stream");
            part.bytes("words")
        }
        "TunnelUpload" => request.header("x-http-method-override", "DELETE"),
        _ => request,
    };
    request.patiently().await
}

/// What an answer says, but for which request it is of.
fn said(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    body["request_id"].take();
    (answer.status, body)
}

/// The rows on files, calls and the record that are about what is others'.
fn about_others() -> Vec<Row> {
    let mut rows = rows_elsewhere();
    rows.retain(|row| !row.is(&OF_EVERYONE));
    rows
}

#[tokio::test]
async fn to_an_administrator_the_files_and_calls_of_others_and_the_record_are_not_there() {
    let app = app_where_calls_go_on().await;
    let (admin, eve) = (app.administrator("root").await, app.registers("eve").await);
    let (alice, bob, dave) = (app.registers("alice").await, app.registers("bob").await, app.registers("dave").await);
    let rooms = private_rooms(&alice, &bob, &dave).await;
    app.settled().await;
    let (head, nowhere) = (app.head().await, Private::nowhere());
    for row in &about_others() {
        for private in &rooms {
            let answer = tries(&admin, row, private, &alice).await;
            // What answers a HEAD has no body.
            let problem = Some("not-found").filter(|_| row.method != "HEAD");
            assert_eq!((answer.status, answer.problem()), (404, problem), "{}: {}", row.name, answer.text);
            for (person, of) in [(&eve, private), (&admin, &nowhere)] {
                assert_eq!(said(&tries(person, row, of, &alice).await), said(&answer), "{}", row.name);
            }
            // Nor are they told what an auditor would have to say.
            if row.path.starts_with("/v1/audit/") {
                let asked = admin.request(&row.method, &private.address(&row.path, &alice));
                asked.header("accept", "application/x-ndjson").send().await.expect_problem(404, "not-found");
            }
        }
    }
    for private in &rooms {
        let content = format!("/v1/files/{}/content", private.file);
        admin.request("HEAD", &content).send().await.expect(404);
        alice.request("HEAD", &content).send().await.expect(200);
        let upload = alice.request("HEAD", &format!("/v1/uploads/{}", private.upload));
        let upload = upload.header("tus-resumable", "1.0.0").send().await.expect(200);
        assert_eq!(upload.header("upload-offset"), Some("0"));
    }
    assert_eq!(app.head().await, head, "nothing was done, nor put on record");
}

#[tokio::test]
async fn of_a_public_room_an_administrator_is_told_what_everybody_is() {
    let app = app_where_calls_go_on().await;
    let (admin, eve) = (app.administrator("root").await, app.registers("eve").await);
    let (alice, bob, dave) = (app.registers("alice").await, app.registers("bob").await, app.registers("dave").await);
    let rooms = private_rooms(&alice, &bob, &dave).await;
    let public = &rooms[0];
    alice.patch(&public.room.path(""), json!({"visibility": "public"})).await.expect(200);
    app.settled().await;
    let head = app.head().await;
    for row in &about_others() {
        let answer = tries(&admin, row, public, &alice).await;
        assert!([403, 404].contains(&answer.status), "{}: {} {}", row.name, answer.status, answer.text);
        assert_eq!(said(&tries(&eve, row, public, &alice).await), said(&answer), "{}", row.name);
    }
    assert_eq!(app.head().await, head);
}
