//! Where each part of a message came from, for auditors.

use api_kit::Micros;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::erasures::{erases, finished};
use crate::harness::{Answer, Person, Room, TestApp};
use crate::imports::import;

async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

fn address(message: Uuid) -> String {
    format!("/v1/audit/messages/{message}/provenance")
}

async fn asks(auditor: &Person, message: Uuid) -> Answer {
    auditor.request("GET", &address(message)).header("audit-reason", "case 3").send().await
}

/// Where a message's parts came from; each origin is compared with the log.
async fn traced(app: &TestApp, auditor: &Person, message: Uuid) -> Vec<Value> {
    let answer = asks(auditor, message).await.expect(200);
    assert_eq!((answer.id(), answer.body["as_of"].as_i64()), (message, answer.position()));
    let fields = answer.body["fields"].as_array().unwrap().clone();
    for field in &fields {
        let origin = &field["origin"];
        let (kind, stream, metadata, recorded_at): (String, String, String, OffsetDateTime) = sqlx::query_as(
            "select event_type, aggregate_type || '-' || aggregate_id, metadata::text, recorded_at \
             from log.events where position = $1",
        )
        .bind(origin["position"].as_i64())
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!((&origin["type"], &origin["stream"]), (&json!(kind), &json!(stream)), "{field}");
        assert_eq!(origin["recorded_at"], json!(Micros(recorded_at)), "{field}");
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        for name in ["event_id", "actor_id", "session_id", "occurred_at"] {
            assert_eq!(origin[name], metadata[name], "{name} of {field}");
        }
    }
    fields
}

/// What a part is, what event gave it and who did: of the first with this name.
#[track_caller]
fn part<'a>(fields: &'a [Value], name: &str) -> (&'a Value, &'a str, &'a Value) {
    let field = fields.iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("no {name}: {fields:#?}"));
    (&field["value"], field["origin"]["type"].as_str().unwrap(), &field["origin"]["actor_id"])
}

/// Whether there is such a part.
fn has(fields: &[Value], name: &str) -> bool {
    fields.iter().any(|field| field["field"] == name)
}

#[tokio::test]
async fn each_event_is_the_origin_of_what_it_changed() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (first, file) = (alice.sends(&room, "before").await, bob.uploads("plan.txt", "a plan").await);
    let body = json!({"text": "see http://example.org", "reply_to": first.id, "file_ids": [file]});
    let sent = bob.post(&room.path("/messages"), body).await.expect(201).id();
    let path = room.path(&format!("/messages/{sent}"));
    let (alices, bobs) = (json!(alice.id), json!(bob.id));

    let fields = traced(&app, &ada, sent).await;
    let links = json!([{"type": "link", "offset": 4, "length": 18}]);
    for (name, value) in [
        ("room_id", json!(room.0)),
        ("sender_id", bobs.clone()),
        ("type", json!("message")),
        ("status", json!("sent")),
        ("text", json!("see http://example.org")),
        ("entities", links),
        ("mentions", json!({"users": [], "all": false})),
        ("reply_to", json!(first.id)),
        ("pinned", json!(false)),
        ("version", json!(1)),
        ("files", json!({"id": file, "there": true})),
    ] {
        assert_eq!(part(&fields, name), (&value, "message_sent", &bobs), "{name}");
    }
    for name in ["edited_at", "forwarded_from", "reactions", "erased", "imported"] {
        assert!(!has(&fields, name), "{name}");
    }

    bob.patch(&path, json!({"text": "see @alice"})).await.expect(200);
    alice.put(&format!("{path}/pin"), json!({})).await.expect(204);
    for (person, emoji) in [(&bob, "👍"), (&alice, "👍"), (&alice, "🦀")] {
        person.put(&format!("{path}/reactions/{emoji}"), json!({})).await.expect(204);
    }
    bob.delete(&format!("{path}/reactions/👍")).await.expect(204);
    let fields = traced(&app, &ada, sent).await;
    for (name, value, kind, actor) in [
        ("text", json!("see @alice"), "message_edited", &bobs),
        (
            "entities",
            json!([{"type": "mention", "offset": 4, "length": 6, "user_id": alice.id}]),
            "message_edited",
            &bobs,
        ),
        ("mentions", json!({"users": [alice.id], "all": false}), "message_edited", &bobs),
        ("status", json!("edited"), "message_edited", &bobs),
        ("pinned", json!(true), "message_pinned", &alices),
        ("version", json!(3), "message_pinned", &alices),
        ("type", json!("message"), "message_sent", &bobs),
        ("reply_to", json!(first.id), "message_sent", &bobs),
    ] {
        assert_eq!(part(&fields, name), (&value, kind, actor), "{name}");
    }
    let shown = alice.get(&path).await.expect(200).body;
    for name in ["edited_at", "type", "version"] {
        assert_eq!(part(&fields, name).0, &shown[name], "{name}");
    }
    let reactions: Vec<_> = fields.iter().filter(|field| field["field"] == "reactions").collect();
    let told: Vec<_> = reactions.iter().map(|field| (&field["value"], &field["origin"]["type"])).collect();
    let (thumb, crab, added) = (
        json!({"user_id": alice.id, "emoji": "👍"}),
        json!({"user_id": alice.id, "emoji": "🦀"}),
        json!("reaction_added"),
    );
    assert_eq!(told, [(&thumb, &added), (&crab, &added)]);

    alice.delete(&format!("{path}/pin")).await.expect(204);
    bob.delete(&format!("/v1/files/{file}")).await.expect(204);
    let fields = traced(&app, &ada, sent).await;
    assert_eq!(part(&fields, "pinned"), (&json!(false), "message_unpinned", &alices));
    assert_eq!(part(&fields, "version"), (&json!(4), "message_unpinned", &alices));
    assert_eq!(part(&fields, "files"), (&json!({"id": file, "there": false}), "file_deleted", &bobs));

    alice.delete(&path).await.expect(204);
    let fields = traced(&app, &ada, sent).await;
    for name in ["text", "entities", "mentions", "reply_to"] {
        assert_eq!(part(&fields, name), (&json!(null), "message_deleted", &alices), "{name}");
    }
    assert_eq!(part(&fields, "status"), (&json!("deleted"), "message_deleted", &alices));
    assert_eq!(part(&fields, "version"), (&json!(5), "message_deleted", &alices));
    assert_eq!(part(&fields, "pinned").1, "message_unpinned", "what was not pinned is not unpinned");
    assert_eq!(part(&fields, "files").1, "file_deleted", "what was gone before");
    assert!(!has(&fields, "reactions"));
}

#[tokio::test]
async fn what_an_erasure_took_is_told_by_it() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (said, hers) = (bob.sends(&room, "of bob").await, alice.sends(&room, "of alice").await);
    let elsewhere = alice.creates_room("elsewhere").await;
    let forwarded =
        alice.post(&room.message(&said, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201).id();
    alice.put(&room.message(&said, "/pin"), json!({})).await.expect(204);
    for person in [&alice, &bob] {
        person.put(&room.message(&hers, "/reactions/👍"), json!({})).await.expect(204);
    }
    let fields = traced(&app, &ada, forwarded).await;
    let from = json!({"message_id": said.id, "room_id": room.0, "sender_id": bob.id});
    assert_eq!(part(&fields, "forwarded_from"), (&from, "message_sent", &json!(alice.id)));
    assert_eq!(part(&fields, "text").0, "of bob");

    let receipt = erases(&bob).await.expect(200);
    for purged in [false, true] {
        for (message, sender) in [(said.id, &bob), (forwarded, &alice)] {
            let fields = traced(&app, &ada, message).await;
            for (name, value) in [("text", json!(null)), ("entities", json!(null)), ("erased", json!(true))] {
                assert_eq!(part(&fields, name), (&value, "user_erased", &json!(bob.id)), "{name}, purged: {purged}");
            }
            assert_eq!(part(&fields, "sender_id"), (&json!(sender.id), "message_sent", &json!(sender.id)));
        }
        let fields = traced(&app, &ada, said.id).await;
        assert_eq!(part(&fields, "pinned"), (&json!(false), "user_erased", &json!(bob.id)));
        let fields = traced(&app, &ada, hers.id).await;
        assert_eq!(part(&fields, "text").0, "of alice");
        let reactions: Vec<_> = fields.iter().filter(|field| field["field"] == "reactions").collect();
        assert_eq!(reactions.len(), 1, "that of bob is as if it had never stood: {reactions:#?}");
        if !purged {
            finished(&alice, &receipt).await;
        }
    }
}

#[tokio::test]
async fn of_a_secret_room_it_is_told_who_and_when_and_nothing_is_opened() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let sent = alice.sends(&secret, "psst").await;
    alice.patch(&secret.message(&sent, ""), json!({"text": "hush"})).await.expect(200);
    bob.put(&secret.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    let fields = traced(&app, &ada, sent.id).await;
    assert_eq!(part(&fields, "text"), (&json!(null), "message_edited", &json!(alice.id)));
    let whose = json!({"user_id": bob.id, "emoji": null});
    assert_eq!(part(&fields, "reactions"), (&whose, "reaction_added", &json!(bob.id)));
    assert!(!has(&fields, "erased"));

    alice.delete(&secret.message(&sent, "")).await.expect(200);
    let fields = traced(&app, &ada, sent.id).await;
    assert_eq!(part(&fields, "text"), (&json!(null), "message_deleted", &json!(alice.id)));
    let theirs = bob.sends(&secret, "of bob").await;
    erases(&bob).await.expect(200);
    let fields = traced(&app, &ada, theirs.id).await;
    assert_eq!(part(&fields, "erased"), (&json!(true), "user_erased", &json!(bob.id)));
}

/// The notices of a room's newest page, as a member sees them.
async fn notices(person: &Person, room: &Room) -> Vec<Value> {
    let page = person.get(&room.path("/messages")).await.expect(200);
    page.items().iter().filter(|message| message["type"] != "message").cloned().collect()
}

#[tokio::test]
async fn a_notice_is_whole_with_the_event_that_it_tells_of() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    alice.patch(&room.path(""), json!({"name": "square"})).await.expect(200);
    let call = bob.post(&room.path("/calls"), json!({"media": "video"})).await.expect(201).id();
    bob.delete(&format!("/v1/calls/{call}")).await.expect(204);
    bob.leaves(&room).await;
    app.settled().await;
    let shown = notices(&alice, &room).await;
    let whose = |notice: &Value| json!([notice["type"], notice["data"]["event"]["type"], notice["sender_id"]]);
    assert_eq!(
        shown.iter().map(whose).collect::<Vec<_>>(),
        [
            json!(["user_joined", "membership_added", alice.id]),
            json!(["event", "room_renamed", alice.id]),
            json!(["call", "call_started", bob.id]),
            json!(["call", "call_ended", bob.id]),
            json!(["user_left", "membership_left", bob.id]),
        ]
    );
    for notice in &shown {
        let fields = traced(&app, &ada, notice["id"].as_str().unwrap().parse().unwrap()).await;
        let told: Vec<_> = fields.iter().map(|field| (field["field"].as_str().unwrap(), &field["value"])).collect();
        let (status, room) = (json!("sent"), json!(room.0));
        let (event, sent_at) = (&notice["data"]["event"], &notice["sent_at"]);
        assert_eq!(
            told,
            [
                ("event", event),
                ("room_id", &room),
                ("sender_id", &notice["sender_id"]),
                ("sent_at", sent_at),
                ("status", &status),
                ("type", &notice["type"]),
                ("version", &notice["version"]),
            ]
        );
        for field in &fields {
            let origin = &field["origin"];
            assert_eq!((&origin["position"], &origin["type"]), (&notice["position"], &event["type"]), "{field}");
            assert_eq!(origin["actor_id"], notice["sender_id"], "{field}");
            assert!(origin["session_id"].is_string(), "{field}");
        }
    }
}

#[tokio::test]
async fn of_a_notice_of_a_secret_room_it_is_told_who_and_when() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let sent = alice.sends(&secret, "psst").await;
    bob.put(&secret.message(&sent, "/pin"), json!({})).await.expect(204);
    app.settled().await;
    let notice = notices(&alice, &secret).await.pop().unwrap();
    let fields = traced(&app, &ada, notice["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(part(&fields, "event"), (&json!(null), "message_pinned", &json!(bob.id)));
    assert_eq!(part(&fields, "type").0, "event");
}

#[tokio::test]
async fn what_an_import_told_is_nobodys_and_names_its_source() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("2014-05-14.log"), "[10:00] <ann> hello\n").unwrap();
    import(&app, &["irc", folder.path().to_str().unwrap()]).await;
    let sent = "select aggregate_id from log.events where event_type = 'message_sent'";
    let sent: String = sqlx::query_scalar(sent).fetch_one(&app.pool).await.unwrap();
    let fields = traced(&app, &ada, sent.parse().unwrap()).await;
    assert_eq!(part(&fields, "text"), (&json!("hello"), "message_sent", &json!(null)));
    assert_eq!(part(&fields, "sent_at").0, "2014-05-14T10:00:00.000Z");
    assert_eq!(part(&fields, "imported").0["source"], "irc");
}

#[tokio::test]
async fn it_is_an_auditors_to_ask_and_on_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (sent, head) = (alice.sends(&room, "hello").await, app.head().await);
    asks(&alice, sent.id).await.expect_problem(404, "not-found");
    app.get(&address(sent.id)).await.expect(401);
    ada.get(&address(sent.id)).await.expect_problem(400, "audit-reason-required");
    let asked = |query: &str| ada.request("GET", &format!("{}{query}", address(sent.id))).header("audit-reason", "x");
    asked("?nonsense=1").send().await.expect_problem(400, "invalid-query");
    assert_eq!(app.head().await, head, "what is refused is no access");
    asks(&ada, room.0).await.expect_problem(404, "not-found");
    let what = "select payload->>'what' from log.events where aggregate_type = 'audit' and position = $1";
    let what: String = sqlx::query_scalar(what).bind(head + 1).fetch_one(&app.pool).await.unwrap();
    assert_eq!(what, address(room.0), "on record before it is looked for");
    asks(&ada, sent.id).await.expect(200);
}
