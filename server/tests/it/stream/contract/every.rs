//! Every kind of frame, at least once.

use std::collections::BTreeSet;

use serde_json::json;

use crate::erasures::erases;
use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room, TestApp};
use crate::imports::import;

/// The kinds of frames that tell of events, as they are documented.
pub(super) fn kinds() -> BTreeSet<String> {
    let manual = include_str!("../../../../../docs/realtime.md");
    let (_, table) = manual.split_once("| who is told |").expect("the table of frames");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2));
    let kinds: BTreeSet<_> = names.map(str::to_owned).collect();
    assert!(kinds.len() > 50, "{kinds:?}");
    kinds
}

/// Does what is told by each kind of frame, but for [`ends`]; a room that is to end.
pub(super) async fn kind_is_told(app: &TestApp, people: &[Person]) -> Room {
    let [alice, bob, ..] = people else { panic!("there are several") };
    let room = alice.creates_room("every kind").await;
    alice.adds(&room, bob).await;
    messages(alice, bob, &room).await;
    members(app, alice, bob, &room).await;
    let ends = changes(alice, bob).await;
    calls(alice, bob, &room).await;
    files(app, alice, bob, &room).await;
    accounts(app, alice, bob).await;
    // Where rights may have changed, invites and bans are no frames of their own.
    app.settled().await;
    invites_and_bans(app, alice, &room).await;
    ends
}

/// A room is closed, and somebody is erased who had written where all are: nothing of what was said before is told after that.
pub(super) async fn ends(app: &TestApp, people: &[Person], rooms: &[Room], room: &Room) {
    people[1].delete(&room.path("")).await.expect(204);
    let gone = app.registers("erin").await;
    gone.put(&rooms[0].path("/members/me"), json!({})).await.expect(201);
    gone.sends(&rooms[0], "not for long").await;
    erases(&gone).await.expect(200);
}

async fn messages(alice: &Person, bob: &Person, room: &Room) {
    let sent = alice.sends(room, "first").await;
    alice.patch(&room.message(&sent, ""), json!({"text": "edited"})).await.expect(200);
    alice.put(&room.message(&sent, "/pin"), json!({})).await.expect(204);
    alice.delete(&room.message(&sent, "/pin")).await.expect(204);
    bob.put(&room.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    bob.delete(&room.message(&sent, "/reactions/👍")).await.expect(204);
    bob.put(&room.path("/read"), json!({"position": sent.position})).await.expect(204);
    alice.delete(&room.message(&sent, "")).await.expect(204);
}

async fn members(app: &TestApp, alice: &Person, bob: &Person, room: &Room) {
    let frank = app.registers("frank").await;
    alice.adds(room, &frank).await;
    let role = alice.defines(room, "Helper", 5, &["pin_messages"]).await;
    alice.gives(room, bob, &[role]).await.expect(200);
    alice.patch(&room.path(&format!("/roles/{role}")), json!({"name": "Other"})).await.expect(200);
    alice.delete(&room.path(&format!("/roles/{role}"))).await.expect(204);
    alice.removes(room, &frank).await;
    alice.adds(room, &frank).await;
    frank.leaves(room).await;
    for (field, value) in [("is_muted", true), ("is_muted", false), ("is_pinned", true), ("is_pinned", false)] {
        bob.patch(&room.path("/membership"), json!({field: value})).await.expect(200);
    }
}

async fn invites_and_bans(app: &TestApp, alice: &Person, room: &Room) {
    let gina = app.registers("gina").await;
    let code = alice.invites(room, json!({})).await;
    gina.accepts(&code).await.expect(201);
    alice.delete(&room.path(&format!("/invites/{code}"))).await.expect(204);
    alice.bans(room, &gina, json!({})).await.expect(204);
    alice.unbans(room, &gina).await.expect(204);
}

/// Of a room of its own, which is Bob's in the end.
async fn changes(alice: &Person, bob: &Person) -> Room {
    let room = alice.creates_room("changing").await;
    alice.adds(&room, bob).await;
    let others = [json!({"visibility": "public"}), json!({"retain_for": "P90D"})];
    for change in [json!({"name": "changed"}), json!({"topic": "change"})].into_iter().chain(others) {
        alice.patch(&room.path(""), change).await.expect(200);
    }
    alice.allows(&room, &["view_history", "send_messages", "start_calls", "send_files"]).await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.delete(&room.path("/archive")).await.expect(204);
    let given = alice.put(&room.path("/ownership"), json!({"user_id": bob.id})).await;
    assert!(given.status < 300, "{}", given.text);
    room
}

async fn calls(alice: &Person, bob: &Person, room: &Room) {
    for answered in [false, true] {
        let call = alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201).id();
        let me = format!("/v1/calls/{call}/participants/me");
        if answered {
            bob.put(&me, json!({})).await.expect(204);
        }
        bob.delete(&me).await.expect(204);
        alice.delete(&format!("/v1/calls/{call}")).await.expect(204);
    }
}

async fn files(app: &TestApp, alice: &Person, bob: &Person, room: &Room) {
    let id = alice.uploads("every.txt", "every kind").await;
    let sent = alice.sends_files(room, "", &[id]).await;
    let own = bob.creates_room("bob's own").await;
    bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": own.0})).await.expect(201);
    let to_bob = format!("/v1/files/{id}/permissions/users/{}", bob.id);
    alice.put(&to_bob, json!({})).await.expect(204);
    alice.delete(&to_bob).await.expect(204);
    alice.patch("/v1/users/me", json!({"avatar_file_id": id})).await.expect(200);
    alice.delete(&format!("/v1/files/{id}")).await.expect(204);
    imported(app, alice).await;
}

/// An import tells of a file of hers, whose email it is, and another brings its bytes.
async fn imported(app: &TestApp, alice: &Person) {
    app.verifies(alice).await;
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: String| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let file =
        json!({"id": "F01", "name": "told.txt", "size": 4, "mode": "hosted", "mimetype": "text/plain", "user": "U1"});
    let said = json!({"ts": "1400055557.000001", "user": "U1", "text": "a file", "files": [file]});
    let person = json!({"id": "U1", "name": "alice", "profile": {"email": alice.email}});
    write("export/users.json", json!([person]).to_string());
    write("export/channels.json", json!([{"id": "C1", "name": "old", "members": ["U1"]}]).to_string());
    write("export/old/2014-05-14.json", json!([said]).to_string());
    write("files/F01-told.txt", "here".to_owned());
    let path = |name: &str| folder.path().join(name).display().to_string();
    import(app, &["slack", &path("export")]).await;
    let blobs = app.setup.folder.path().join("blobs").display().to_string();
    import(app, &["slack", &path("export"), "--files", &path("files"), "--blobs", &blobs]).await;
}

async fn accounts(app: &TestApp, alice: &Person, bob: &Person) {
    alice.patch("/v1/users/me", json!({"display_name": "Alice again"})).await.expect(200);
    alice.put("/v1/users/me/settings", json!({"every": "kind"})).await.expect(204);
    let block = format!("/v1/users/me/blocks/{}", bob.id);
    alice.put(&block, json!({})).await.expect(204);
    alice.delete(&block).await.expect(204);
    let other = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    other.delete("/v1/sessions/current").await.expect(204);
    for _ in 0..2 {
        Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    }
    let passwords = json!({"current": PASSWORD, "new": PASSWORD});
    alice.put("/v1/users/me/password", passwords).await.expect(204);
    Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    bob.delete("/v1/sessions").await.expect(204);
    let admin = app.administrator("root").await;
    let role = format!("/v1/users/{}/roles/admin", bob.id);
    admin.put(&role, json!({})).await.expect(204);
    admin.delete(&role).await.expect(204);
    let email = "bob.again@example.org";
    bob.put("/v1/users/me/email", json!({"email": email, "password": PASSWORD})).await.expect(204);
    bob.request("POST", "/v1/users/verification").send().await.expect(202);
    let token = token(&app.mail_to(email, 1).await);
    app.request("POST", "/v1/users/verification").json(&json!({"token": token})).send().await.expect(204);
}
