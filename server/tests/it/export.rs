//! What is one's own, to take along.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use serde_json::{Value, json};
use zip::ZipArchive;

use crate::harness::{Person, Setup, TestApp};

/// The files of somebody's export, by their names.
pub(crate) async fn exported(app: &TestApp, person: &Person) -> BTreeMap<String, String> {
    app.settled().await;
    let request = crate::harness::client().get(format!("{}/v1/users/me/export", app.url)).bearer_auth(&person.token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"hansard-export.zip\"");
    assert!(answer.headers().contains_key("event-position"));
    unpacked(&answer.bytes().await.unwrap())
}

/// The files of an archive, by their names.
pub(crate) fn unpacked(archive: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let (mut file, mut text) = (archive.by_index(index).unwrap(), String::new());
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_export_holds_all_of_ones_own_and_nothing_of_others() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    alice.put("/v1/users/me/settings", json!({"theme": "dark"})).await.expect(204);
    let edited = alice.sends(&room, "as it was said").await;
    let path = room.path(&format!("/messages/{}", edited.id));
    alice.patch(&path, json!({"text": "as it was meant"})).await.expect(200);
    let deleted = alice.sends(&room, "regretted").await;
    alice.delete(&room.path(&format!("/messages/{}", deleted.id))).await.expect(204);
    let from_bob = bob.sends(&room, "bob's canary").await;
    let elsewhere = alice.creates_room("elsewhere").await;
    let forward = room.path(&format!("/messages/{}/forwards", from_bob.id));
    alice.post(&forward, json!({"to_room_id": elsewhere.0})).await.expect(201);
    let reaction = room.path(&format!("/messages/{}/reactions/%F0%9F%91%8D", from_bob.id));
    alice.put(&reaction, json!({})).await.expect(204);

    alice.put(&format!("/v1/users/me/blocks/{}", app.registers("carol").await.id), json!({})).await.expect(204);
    let secret = alice.confides_in(&bob).await;
    let whispered = bob.sends(&secret, "bob's canary").await;
    for person in [&alice, &bob] {
        person.put(&secret.message(&whispered, "/reactions/%F0%9F%98%80"), json!({})).await.expect(204);
    }
    alice.sends(&secret, "as it was whispered").await;
    alice.post(&forward, json!({"to_room_id": secret.0})).await.expect(201);
    alice.put(&room.path("/read"), json!({"position": from_bob.position})).await.expect(204);
    alice.put(&secret.path("/read"), json!({"position": whispered.position})).await.expect(204);
    alice.patch(&room.path("/membership"), json!({"is_pinned": true})).await.expect(200);

    // A room that is closed is nobody's any more.
    alice.delete(&alice.creates_room("closed").await.path("")).await.expect(204);

    let files = exported(&app, &alice).await;
    let json = |name: &str| serde_json::from_str::<Value>(&files[name]).unwrap();
    let profile = json("profile.json");
    assert_eq!((&profile["email"], &profile["display_name"]), (&json!(alice.email), &json!("alice")));
    assert_eq!(json("settings.json"), json!({"theme": "dark"}));
    assert_eq!(json("sessions.json").as_array().unwrap().len(), 1);
    let room_told = |room: &Value| json!([room["name"], room["pinned"], room["read_position"]]);
    let rooms: Vec<_> = json("rooms.json").as_array().unwrap().iter().map(room_told).collect();
    let general = json!(["general", true, from_bob.position]);
    assert_eq!(rooms, [general, json!(["elsewhere", false, null]), json!([null, false, whispered.position])]);
    assert_eq!(json("blocks.json").as_array().unwrap().len(), 1);
    let said = lines(&files[&format!("messages/{}.jsonl", room.0)]);
    let told: Vec<_> = said.iter().map(|message| (&message["status"], &message["text"])).collect();
    let (as_edited, as_deleted) = (json!("edited"), json!("deleted"));
    assert_eq!(told, [(&as_edited, &json!("as it was meant")), (&as_deleted, &Value::Null)]);
    assert_eq!(said[0]["earlier"][0]["text"], "as it was said");
    let confided = lines(&files[&format!("messages/{}.jsonl", secret.0)]);
    let told: Vec<_> = confided.iter().map(|message| (&message["status"], &message["text"])).collect();
    let as_sent = json!("sent");
    assert_eq!(told, [(&as_sent, &json!("as it was whispered")), (&as_sent, &Value::Null)]);
    let forwarded = lines(&files[&format!("messages/{}.jsonl", elsewhere.0)]);
    assert_eq!(
        (&forwarded[0]["text"], &forwarded[0]["forwarded_from"]["message_id"]),
        (&Value::Null, &json!(from_bob.id))
    );
    assert_eq!(
        lines(&files["reactions.jsonl"]),
        [json!({"message_id": from_bob.id, "emoji": ["👍"]}), json!({"message_id": whispered.id, "emoji": ["😀"]})]
    );
    for text in files.values() {
        assert!(!["canary", "bob@", "regretted", "argon2"].iter().any(|word| text.contains(word)), "{text}");
    }

    let files = exported(&app, &app.registers("dora").await).await;
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "bans.json",
            "blocks.json",
            "calls.json",
            "files.json",
            "invites.json",
            "profile.json",
            "reactions.jsonl",
            "rooms.json",
            "sessions.json",
            "settings.json"
        ]
    );
}

#[tokio::test]
async fn an_export_tells_what_one_did_in_rooms_wherever_one_is_by_now() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let role = alice.defines(&room, "Warden", 5, &["ban_members", "invite_members"]).await;
    alice.gives(&room, &bob, &[role]).await.expect(200);
    let muted = json!({"muted_until": "2100-01-01T00:00:00Z"});
    bob.patch(&room.path("/membership"), muted).await.expect(200);
    bob.bans(&room, &carol, json!({"reason": "as bob wrote"})).await.expect(204);
    alice.unbans(&room, &carol).await.expect(204);
    alice.bans(&room, &carol, json!({"reason": "alice's canary"})).await.expect(204);
    let code = bob.invites(&room, json!({"max_uses": 3})).await;
    alice.invites(&room, json!({})).await;
    let call = alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201).id();
    let part = format!("/v1/calls/{call}/participants/me");
    bob.put(&part, json!({})).await.expect(204);
    bob.delete(&part).await.expect(204);

    let files = exported(&app, &bob).await;
    let first = |name: &str| {
        let Value::Array(mut items) = serde_json::from_str(&files[name]).unwrap() else { panic!("{name} is a list") };
        assert_eq!(items.len(), 1, "{name}");
        items.remove(0)
    };
    let membership = first("rooms.json");
    assert_eq!(membership["roles"], json!([{"id": role, "name": "Warden"}]));
    assert_eq!(membership["muted_until"], "2100-01-01T00:00:00.000Z");
    let ban = first("bans.json");
    let told = [&ban["room_id"], &ban["user_id"], &ban["reason"], &ban["until"]];
    assert_eq!(told, [&json!(room.0), &json!(carol.id), &json!("as bob wrote"), &Value::Null]);
    let invite = first("invites.json");
    let told = [&invite["room_id"], &invite["code"], &invite["max_uses"], &invite["expires_at"]];
    assert_eq!(told, [&json!(room.0), &json!(code), &json!(3), &Value::Null]);
    let taken = first("calls.json");
    let told = [&taken["room_id"], &taken["id"], &taken["media"], &taken["started"], &taken["departure"]];
    assert_eq!(told, [&json!(room.0), &json!(call), &json!("audio"), &json!(false), &json!("left")]);
    assert!(taken["joined_at"].is_string() && taken["left_at"].is_string(), "{taken}");
    assert!(!files.values().any(|text| text.contains("canary")));

    bob.leaves(&room).await;
    let later = exported(&app, &bob).await;
    assert_eq!(later["rooms.json"], "[\n]\n");
    for name in ["bans.json", "invites.json", "calls.json"] {
        assert_eq!(later[name], files[name], "{name}");
    }
}

#[tokio::test]
async fn an_export_holds_one_s_files_and_of_forwarded_ones_that_they_are_there() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let large = "0123456789".repeat(300_000);
    let (hers, his) = (alice.uploads("large.txt", large.clone()).await, bob.uploads("canary.txt", "canary").await);
    let gone = alice.uploads("gone.txt", "gone").await;
    alice.delete(&format!("/v1/files/{gone}")).await.expect(204);
    let sent = bob.sends_files(&room, "", &[his]).await;
    app.settled().await;
    alice.post(&room.message(&sent, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
    let files = exported(&app, &alice).await;
    let listed: Value = serde_json::from_str(&files["files.json"]).unwrap();
    let told: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|file| json!([file["filename_visible"], file["forwarded_from"]]))
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&json!(["large.txt", null])) && told.contains(&json!([null, his])), "{told:?}");
    assert_eq!(files[&format!("files/{hers}/large.txt")], large);
    assert_eq!(files.keys().filter(|name| name.starts_with("files/")).count(), 1);
    assert!(!files.values().any(|text| text.contains("canary")));
}

#[tokio::test]
async fn what_was_said_over_several_pages_is_exported_once_and_in_order() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for number in 0..1100 {
        alice.sends(&room, &number.to_string()).await;
    }
    let files = exported(&app, &alice).await;
    let said = lines(&files[&format!("messages/{}.jsonl", room.0)]);
    let numbers: Vec<String> = said.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(numbers, (0..1100).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_export_is_for_who_is_signed_in_and_not_too_often() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-export=1/h").start().await;
    app.get("/v1/users/me/export").await.expect_problem(401, "not-signed-in");
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    exported(&app, &alice).await;
    let refused = alice.get("/v1/users/me/export").await.expect_problem(429, "rate-limited");
    assert!(refused.header("retry-after").is_some());
    exported(&app, &bob).await;
}
