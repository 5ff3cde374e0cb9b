//! Secret rooms: two people, each message with a key of its own, and deleting destroys.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::erasures::{erases, finished};
use crate::harness::{Answer, Person, Room, Setup, Spawned, TestApp};

/// A secret room of two people.
async fn whispering(one: &Person, other: &Person) -> Room {
    Room(one.post("/v1/rooms", json!({"type": "secret", "member_ids": [other.id]})).await.expect(201).id())
}

/// The status of a room's only message, and what it says.
async fn only(person: &Person, room: &Room) -> (Value, Value) {
    let page = person.get(&room.path("/messages")).await.expect(200);
    let [message] = page.items() else { panic!("{}", page.text) };
    (message["status"].clone(), message["data"].clone())
}

#[tokio::test]
async fn two_people_have_as_many_secret_rooms_as_they_like() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let (one, another) = (whispering(&alice, &bob).await, whispering(&alice, &bob).await);
    assert_ne!(one, another);
    let dialog = alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201).id();
    assert!(dialog != one.0 && dialog != another.0);
    for person in [&alice, &bob] {
        let room = person.get(&one.path("")).await.expect(200).body;
        assert_eq!((&room["type"], &room["name"], &room["member_count"]), (&json!("secret"), &json!(null), &json!(2)));
        let usual = ["view_history", "send_messages", "send_files", "react", "pin_messages", "start_calls"];
        assert_eq!(room["my"]["permissions"], json!(usual));
        person.delete(&one.path("/members/me")).await.expect_problem(409, "members-fixed");
    }
    eve.get(&one.path("")).await.expect_problem(404, "not-found");

    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let body = json!({"type": "secret", "id": id, "member_ids": [bob.id]});
    let chosen = alice.post("/v1/rooms", body.clone()).await.expect(201);
    assert_eq!(chosen.id().to_string(), id);
    assert_eq!(alice.post("/v1/rooms", body.clone()).await.expect(201).body, chosen.body, "the same again");
    eve.post("/v1/rooms", body.clone()).await.expect_problem(409, "id-taken");
    for (field, value) in [("name", "Us"), ("topic", "Us"), ("visibility", "public")] {
        let mut body = json!({"type": "secret", "member_ids": [bob.id]});
        body[field] = value.into();
        let refused = alice.post("/v1/rooms", body).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], format!("/{field}"));
    }
    let alone = alice.post("/v1/rooms", json!({"type": "secret", "member_ids": [alice.id]})).await;
    alone.expect_problem(422, "invalid");

    erases(&bob).await.expect(200);
    let gone = eve.post("/v1/rooms", body).await.expect_problem(422, "invalid");
    assert_eq!(gone.body["errors"][0]["pointer"], "/member_ids/0");
}

#[tokio::test]
async fn both_see_how_they_reacted_and_no_read_model_holds_it() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = whispering(&alice, &bob).await;
    let sent = alice.sends(&room, "pssst").await;
    let (thumb, crab) = (room.message(&sent, "/reactions/👍"), room.message(&sent, "/reactions/🦀"));
    let reaction = |emoji: &str, count, mine| json!({"emoji": emoji, "count": count, "mine": mine});
    for (person, emoji) in [(&bob, &crab), (&alice, &thumb), (&bob, &thumb)] {
        person.put(emoji, json!({})).await.expect(204);
    }
    let path = room.message(&sent, "");
    let seen = bob.get(&path).await.expect(200).body;
    assert_eq!(seen["reactions"], json!([reaction("👍", 2, true), reaction("🦀", 1, true)]));
    bob.delete(&thumb).await.expect(204);
    let seen = alice.get(&room.path("/messages")).await.expect(200);
    assert_eq!(seen.items()[0]["reactions"], json!([reaction("👍", 1, true), reaction("🦀", 1, false)]));
    app.settled().await;
    let counted: i64 =
        sqlx::query_scalar("select count(*) from read.reaction_count").fetch_one(&app.pool).await.unwrap();
    assert_eq!(counted, 0);
    let erase = bob.request("DELETE", "/v1/users/me").json(&json!({"password": crate::harness::person::PASSWORD}));
    erase.send().await.expect(200);
    let seen = alice.get(&path).await.expect(200).body;
    assert_eq!(seen["reactions"], json!([reaction("👍", 1, true)]));
    alice.delete(&path).await.expect(200);
    let seen = alice.get(&path).await.expect(200).body;
    assert_eq!((&seen["status"], &seen["reactions"]), (&json!("deleted"), &json!([])));
}

#[tokio::test]
async fn what_one_reacted_with_ends_with_oneself_and_with_the_message() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = whispering(&alice, &bob).await;
    let sent = alice.sends(&room, "pssst").await;
    for (person, emoji) in [(&alice, "👍"), (&bob, "🦀")] {
        person.put(&room.message(&sent, &format!("/reactions/{emoji}")), json!({})).await.expect(204);
    }
    // It is wrapped by the key of who reacted.
    let key = |person: &Person| format!("reaction/{}/{}/{}", person.id, room.0, sent.id);
    let sealed =
        "select payload->'emoji'->>'key' from log.events where event_type = 'reaction_added' order by position";
    let sealed: Vec<String> = sqlx::query_scalar(sealed).fetch_all(&app.pool).await.unwrap();
    assert_eq!(sealed, [key(&alice), key(&bob)]);
    erases(&bob).await.expect(200);

    let path = room.message(&sent, "");
    let receipt = alice.delete(&path).await.expect(200);
    let told = receipt.body["destroyed"]["key_ids"].as_array().unwrap();
    let mut told: Vec<_> = told.iter().map(|key| key.as_str().unwrap()).collect();
    let mut ended = [format!("message/{}/{}/{}", alice.id, room.0, sent.id), key(&alice), key(&bob)];
    told.sort_unstable();
    ended.sort();
    assert_eq!(told, ended);
    let left = "select count(*) from keys.key where name = any($1) and wrapped is not null";
    let left: i64 = sqlx::query_scalar(left).bind(ended.to_vec()).fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
    let again = alice.delete(&path).await.expect(200);
    assert_eq!(lasting(&again), lasting(&receipt), "its receipt is one for ever");
}

#[tokio::test]
async fn both_read_what_was_said_and_no_read_model_holds_it() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let room = whispering(&alice, &bob).await;
    let sent = alice.sends(&room, "pssst").await;
    let message = room.path(&format!("/messages/{}", sent.id));
    let edited = alice.patch(&message, json!({"text": "hush-hush"})).await.expect(200);
    assert_eq!(edited.body["data"], json!({"text": "hush-hush"}));
    let answer = bob.post(&room.path("/messages"), json!({"text": "quiet", "reply_to": sent.id})).await.expect(201);

    for person in [&alice, &bob] {
        app.settled().await;
        assert_eq!(person.reads(&room).await, ["hush-hush", "quiet"]);
        let found = person.get(&message).await.expect(200).body;
        assert_eq!((&found["status"], &found["data"]["text"]), (&json!("edited"), &json!("hush-hush")));
        let list = person.get("/v1/rooms").await.expect(200);
        assert_eq!(list.items()[0]["last_message"]["data"], json!({"text": "quiet", "reply_to": sent.id}));
        let around = person.get(&room.path(&format!("/messages?around={}", answer.id()))).await.expect(200);
        assert_eq!(around.items().len(), 2);
        person.get(&format!("{message}/versions")).await.expect_problem(404, "not-found");
    }
    assert_eq!(bob.get(&room.path("")).await.expect(200).body["my"]["unread_count"], 1);
    eve.get(&message).await.expect_problem(404, "not-found");

    let kept: Vec<(Option<String>, bool)> =
        sqlx::query_as("select text, sealed from read.message").fetch_all(&app.pool).await.unwrap();
    assert_eq!(kept, [(None, true), (None, true)]);
    let wordings: i64 =
        sqlx::query_scalar("select count(*) from read.message_version").fetch_one(&app.pool).await.unwrap();
    assert_eq!(wordings, 0);
    let keys: Vec<String> = sqlx::query_scalar("select name from keys.key where name like 'message/%' order by 1")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    let key = |author: &Person, id| format!("message/{}/{}/{id}", author.id, room.0);
    let mut expected = [key(&alice, sent.id), key(&bob, answer.id())];
    expected.sort();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn no_auditor_and_no_export_opens_a_secret_room() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let (secret, dialog) = (
        whispering(&alice, &bob).await,
        Room(alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201).id()),
    );
    alice.sends(&secret, "never to be shown").await;
    alice.sends(&dialog, "shown to who may look").await;
    app.settled().await;
    let exported = app.setup.command(["audit", "export", "--reason=case 17", "--open"]).await;
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("shown to who may look") && !exported.contains("never to be shown"));
}

/// What a receipt says that is the same for ever.
fn lasting(receipt: &Answer) -> Vec<&Value> {
    ["id", "kind", "destroyed", "positions", "position", "created_at", "address", "remains"]
        .map(|field| &receipt.body[field])
        .into()
}

#[tokio::test]
async fn deleting_destroys_a_message_and_is_answered_with_a_receipt() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = whispering(&alice, &bob).await;
    let sent = alice.sends(&room, "pssst").await;
    let path = room.path(&format!("/messages/{}", sent.id));
    let edited = alice.patch(&path, json!({"text": "hush"})).await.expect(200).position().unwrap();
    bob.delete(&path).await.expect_problem(403, "forbidden");

    let request = || alice.request("DELETE", &path).header("idempotency-key", "gone").send();
    let receipt = request().await.expect(200);
    assert_eq!((&receipt.body["status"], &receipt.body["kind"]), (&json!("provisional"), &json!("message")));
    let key = format!("message/{}/{}/{}", alice.id, room.0, sent.id);
    assert_eq!(receipt.body["destroyed"], json!({"key_ids": [key], "blobs": []}));
    assert_eq!(receipt.body["positions"], json!([sent.position, edited]));
    assert_eq!(receipt.body["position"].as_i64(), receipt.position());
    assert!(receipt.body["remains"].as_str().unwrap().contains("backups"));
    let again = request().await.expect(200);
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&receipt.body, Some("true")));
    let once_more = alice.delete(&path).await.expect(200);
    assert_eq!(lasting(&once_more), lasting(&receipt), "it is destroyed once");

    for person in [&alice, &bob] {
        assert_eq!(only(person, &room).await, (json!("deleted"), json!({})));
    }
    assert_eq!(bob.get(&room.path("")).await.expect(200).body["my"]["unread_count"], 0);
    alice.patch(&path, json!({"text": "back"})).await.expect_problem(409, "message-deleted");
    let key_is_there: bool = sqlx::query_scalar("select wrapped is not null from keys.key where name = $1")
        .bind(&key)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(!key_is_there);

    // Whoever has the address sees it, without a session; nobody else learns whether it is there.
    let address = receipt.body["address"].as_str().unwrap();
    let shown = finished(&alice, &receipt).await;
    assert_eq!(lasting(&shown), lasting(&receipt));
    assert_eq!(app.get(address).await.expect(200).body, shown.body);
    let (bare, _) = address.split_once('?').unwrap();
    for wrong in
        [bare.to_owned(), format!("{bare}?token="), format!("{address}x"), address.replace(&bare[13..17], "0000")]
    {
        let refused = app.get(&wrong).await.expect_problem(404, "not-found");
        let nowhere = app.get("/v1/erasures/01890a5d-ac96-774b-bcce-b302099a8057?token=x").await;
        assert_eq!(refused.body["detail"], nowhere.expect_problem(404, "not-found").body["detail"]);
    }
}

#[tokio::test]
async fn in_other_rooms_deleting_destroys_no_key_and_has_no_receipt() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "plain").await;
    let gone = alice.delete(&room.path(&format!("/messages/{}", sent.id))).await.expect(204);
    assert_eq!(gone.text, "");
    let destroyed: i64 = sqlx::query_scalar("select count(*) from keys.key where destroyed_at is not null")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(destroyed, 0);
}

/// Every process has read the message, and so might hold its key: what one destroyed, none opens from the answer on.
#[tokio::test]
async fn what_one_process_destroyed_no_other_opens() {
    let setup = Setup::without_nats().await;
    let (one, two) = (Spawned::serve(&setup, &[]).await, Spawned::serve(&setup, &[]).await);
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let room = whispering(&alice, &bob).await;
    let at_two = bob.at(&two.url);
    for round in 0..20 {
        let sent = alice.sends(&room, "read and destroyed").await;
        let path = room.path(&format!("/messages/{}", sent.id));
        let request = at_two.request("GET", &path).header("min-event-position", sent.position.to_string());
        assert_eq!(request.patiently().await.expect(200).body["data"]["text"], "read and destroyed", "round {round}");
        alice.delete(&path).await.expect(200);
        // Without a minimum position: read models may be behind, and what is destroyed is gone all the same.
        let found = at_two.request("GET", &path).send().await.expect(200).body;
        assert_eq!((&found["status"], &found["data"]), (&json!("deleted"), &json!({})), "round {round}");
        at_two.patch(&path, json!({"text": "x"})).await.expect_problem(409, "message-deleted");
    }
}

/// A message's key is wrapped by its author's and then by the room's, and so is a file's: whichever goes, they do.
#[tokio::test]
async fn what_was_said_in_a_secret_room_ends_with_the_key_of_the_room() {
    let setup = Setup::without_nats().await;
    let one = Spawned::serve(&setup, &[]).await;
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let (room, other) = (whispering(&alice, &bob).await, whispering(&alice, &bob).await);
    let file = alice.whispers(&room, "canary.txt", "hush").await.expect(201).id();
    let sent = alice.sends_files(&room, "pssst", &[file]).await;
    alice.sends(&other, "kept").await;
    let content = format!("/v1/files/{file}/content");
    let kept = (json!("sent"), json!({"text": "kept"}));
    for person in [&alice, &bob] {
        assert_eq!(only(person, &other).await, kept, "read models have seen all of it by now");
        let (status, data) = only(person, &room).await;
        assert_eq!((&status, &data["text"]), (&json!("sent"), &json!("pssst")));
        assert_eq!(person.get(&content).await.expect(200).text, "hush");
    }

    let superuser = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    let destroy = "update keys.key set wrapped = null, master_version = null, destroyed_at = now() where name = $1";
    let destroyed = sqlx::query(destroy).bind(format!("room/{}", room.0)).execute(&superuser).await.unwrap();
    assert_eq!(destroyed.rows_affected(), 1);
    // One has read it all, the other never did.
    let later = Spawned::serve(&setup, &[]).await;
    for process in [&one, &later] {
        for person in [&alice, &bob] {
            let person = person.at(&process.url);
            assert_eq!(only(&person, &room).await, (json!("deleted"), json!({})));
            person.get(&content).await.expect_problem(404, "not-found");
            assert_eq!(only(&person, &other).await, kept);
        }
        let edited = alice.at(&process.url).patch(&room.message(&sent, ""), json!({"text": "x"})).await;
        edited.expect_problem(409, "message-deleted");
    }
}
