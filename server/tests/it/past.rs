//! Rooms as they were: by position and by time, for auditors, with today's keys.

use api_kit::Timestamp;
use serde_json::{Value, json};

use crate::erasures::{erases, finished};
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Room, TestApp};

async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

/// What an auditor is told of a room.
async fn past(auditor: &Person, room: &Room, below: &str) -> Answer {
    let path = format!("/v1/audit/rooms/{}{below}", room.0);
    auditor.request("GET", &path).header("audit-reason", "case 12").send().await
}

/// The fields of messages that are shown alike to members and to auditors.
fn told(messages: &[Value]) -> Vec<Value> {
    let one = |message: &Value| {
        let count = |reaction: &Value| json!([reaction["emoji"], reaction["count"]]);
        json!({
            "id": message["id"], "sender_id": message["sender_id"], "type": message["type"], "status": message["status"],
            "text": message["data"]["text"], "event": message["data"]["event"], "pinned": message["pinned"],
            "position": message["position"], "version": message["version"], "sent_at": message["sent_at"],
            "edited_at": message["edited_at"],
            "reactions": message["reactions"].as_array().unwrap().iter().map(count).collect::<Vec<_>>(),
        })
    };
    messages.iter().map(one).collect()
}

/// A room as its owner saw it at a position.
struct Seen {
    position: i64,
    room: Value,
    messages: Vec<Value>,
    members: Vec<Value>,
}

async fn seen(app: &TestApp, owner: &Person, room: &Room) -> Seen {
    app.settled().await;
    let messages = owner.get(&room.path("/messages?limit=200")).await.expect(200);
    let members = owner.get(&room.path("/members")).await.expect(200);
    Seen {
        position: app.head().await,
        room: owner.get(&room.path("")).await.expect(200).body,
        messages: told(messages.items()),
        members: members.items().iter().map(|member| json!([member["user_id"], member["display_name"]])).collect(),
    }
}

#[tokio::test]
async fn a_room_is_as_its_owner_saw_it_at_each_position() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let before = app.head().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let mut then = vec![seen(&app, &alice, &room).await];
    let first = alice.sends(&room, "one").await;
    alice.adds(&room, &bob).await;
    bob.put(&room.message(&first, "/reactions/👍"), json!({})).await.expect(204);
    then.push(seen(&app, &alice, &room).await);
    alice.patch(&room.message(&first, ""), json!({"text": "one, or two"})).await.expect(200);
    alice.patch("/v1/users/me", json!({"display_name": "Alice the Second"})).await.expect(200);
    alice.patch(&room.path(""), json!({"name": "renamed", "topic": "of things"})).await.expect(200);
    let second = bob.sends(&room, "two").await;
    alice.put(&room.message(&first, "/pin"), json!({})).await.expect(204);
    then.push(seen(&app, &alice, &room).await);
    alice.delete(&room.message(&second, "")).await.expect(204);
    bob.delete(&room.message(&first, "/reactions/👍")).await.expect(204);
    alice.removes(&room, &bob).await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    then.push(seen(&app, &alice, &room).await);

    for Seen { position, room: shown, messages, members } in &then {
        let at = format!("?as_of={position}");
        let was = past(&ada, &room, &at).await.expect(200);
        assert_eq!((was.position(), &was.body["as_of"]), (Some(*position), &json!(position)));
        for field in [
            "id",
            "type",
            "name",
            "topic",
            "permissions",
            "owner_id",
            "created_by",
            "archived",
            "member_count",
            "version",
        ] {
            assert_eq!(was.body[field], shown[field], "{field} at {position}");
        }
        let was = past(&ada, &room, &format!("/messages{at}&limit=200")).await.expect(200);
        assert_eq!(&told(was.items()), messages, "at {position}");
        let was = past(&ada, &room, &format!("/members{at}")).await.expect(200);
        let mut was: Vec<_> =
            was.items().iter().map(|member| json!([member["user_id"], member["display_name"]])).collect();
        let mut members = members.clone();
        for list in [&mut was, &mut members] {
            list.sort_by_key(ToString::to_string);
        }
        assert_eq!(was, members, "at {position}");
    }
    past(&ada, &room, &format!("?as_of={before}")).await.expect_problem(404, "not-found");
    past(&ada, &Room(bob.id), "").await.expect_problem(404, "not-found");

    // A time names the last position that was recorded by then.
    let recorded = "select recorded_at from log.events where position = $1";
    let at: time::OffsetDateTime =
        sqlx::query_scalar(recorded).bind(then[1].position).fetch_one(&app.pool).await.unwrap();
    let micros = api_kit::Micros(at);
    let at = serde_json::to_value(micros).unwrap();
    let was = past(&ada, &room, &format!("?as_of={}", at.as_str().unwrap())).await.expect(200);
    assert_eq!(was.body["as_of"], then[1].position);
    for below in ["/members", "/messages"] {
        let was = past(&ada, &room, &format!("{below}?as_of={}", at.as_str().unwrap())).await.expect(200);
        let same = past(&ada, &room, &format!("{below}?as_of={}", then[1].position)).await.expect(200);
        assert_eq!((was.position(), was.body), (Some(then[1].position), same.body), "{below}");
    }
    let early = serde_json::to_value(Timestamp(time::OffsetDateTime::UNIX_EPOCH)).unwrap();
    past(&ada, &room, &format!("?as_of={}", early.as_str().unwrap())).await.expect_problem(404, "not-found");

    // In pages, newest first.
    let newest = past(&ada, &room, &format!("/messages?as_of={}&limit=2", then[2].position)).await.expect(200);
    let older = newest.body["before"].as_str().unwrap();
    let rest = past(&ada, &room, &format!("/messages?as_of={}&before={older}", then[2].position)).await.expect(200);
    assert_eq!([told(rest.items()), told(newest.items())].concat(), then[2].messages);
}

#[tokio::test]
async fn what_a_member_could_see_is_what_they_were_let_see() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.allows(&room, &["send_messages"]).await;
    alice.sends(&room, "before them").await;
    alice.adds(&room, &bob).await;
    alice.sends(&room, "to bob").await;
    let with_bob = app.head().await;
    alice.allows(&room, &["send_messages", "view_history"]).await;

    let texts = async |who: &Person, at: i64| -> Vec<String> {
        let below = format!("/messages?as_of={at}&member={}", who.id);
        let was = past(&ada, &room, &below).await.expect(200);
        was.messages().iter().map(|message| message["data"]["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&alice, with_bob).await, ["before them", "to bob"]);
    assert_eq!(texts(&bob, with_bob).await, ["to bob"]);
    assert_eq!(texts(&carol, with_bob).await, [""; 0]);
    assert_eq!(texts(&bob, app.head().await).await, ["before them", "to bob"]);
    let members = past(&ada, &room, &format!("/members?as_of={with_bob}")).await.expect(200);
    let [owner, bobs] = members.items() else { panic!("{}", members.text) };
    assert_eq!((&owner["user_id"], &owner["sees_after"]), (&json!(alice.id), &json!(0)));
    assert!(owner["permissions"].as_array().unwrap().len() > 5);
    assert_eq!((&bobs["user_id"], &bobs["permissions"]), (&json!(bob.id), &json!(["send_messages"])));
    assert!(bobs["sees_after"].as_i64().unwrap() > 0);

    // To whoever was in it a room that is closed is gone.
    alice.delete(&room.path("")).await.expect(204);
    assert_eq!(texts(&bob, app.head().await).await, [""; 0]);
    assert_eq!(texts(&bob, with_bob).await, ["to bob"]);
}

#[tokio::test]
async fn whoever_was_suspended_or_erased_saw_nothing() {
    let app = TestApp::without_nats().await;
    let (ada, admin) = (auditor(&app).await, app.administrator("admin").await);
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    alice.sends(&room, "hello").await;
    let mut moments = vec![(app.head().await, true)];
    let suspension = format!("/v1/users/{}/suspension", bob.id);
    admin.put(&suspension, json!({})).await.expect(204);
    moments.push((app.head().await, false));
    admin.delete(&suspension).await.expect(204);
    moments.push((app.head().await, true));
    let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    erases(&bob).await.expect(200);
    moments.push((app.head().await, false));
    for (at, sees) in moments {
        let below = format!("/messages?as_of={at}&member={}", bob.id);
        let seen = past(&ada, &room, &below).await.expect(200).messages().len();
        assert_eq!(seen, usize::from(sees), "at {at}");
        let members = past(&ada, &room, &format!("/members?as_of={at}")).await.expect(200);
        let bobs = members.items().iter().find(|member| member["user_id"] == json!(bob.id)).unwrap();
        assert_eq!(bobs["sees_after"], if sees { 0 } else { at }, "at {at}");
        assert_eq!(bobs["permissions"] != json!([]), sees, "at {at}");
        let alices = format!("/messages?as_of={at}&member={}", alice.id);
        assert_eq!(past(&ada, &room, &alices).await.expect(200).messages().len(), 1);
    }
}

#[tokio::test]
async fn what_was_erased_since_stays_erased_and_secret_rooms_stay_shut() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let secret = alice.confides_in(&bob).await;
    alice.sends(&secret, "psst").await;
    bob.sends(&room, "of bob").await;
    alice.sends(&room, "of alice").await;
    let (then, at) = (app.head().await, format!("as_of={}", app.head().await));
    let says = async |room: &Room| past(&ada, room, &format!("/messages?{at}")).await.expect(200);
    assert!(says(&room).await.text.contains("of bob"));
    let whispered = says(&secret).await;
    assert!(whispered.messages().len() == 1 && !whispered.text.contains("psst"), "{}", whispered.text);

    let receipt = erases(&bob).await.expect(200);
    for purged in [false, true] {
        let was = says(&room).await;
        let texts: Vec<_> = was.messages().iter().map(|message| &message["data"]["text"]).collect();
        assert_eq!(texts, [&json!(null), &json!("of alice")], "purged: {purged}");
        assert_eq!(was.messages()[0]["erased"], true);
        let members = past(&ada, &room, &format!("/members?{at}")).await.expect(200);
        let names: Vec<_> = members.items().iter().map(|member| &member["display_name"]).collect();
        assert_eq!(names, [&json!("alice"), &json!(null)], "they were in it at {then}");
        if !purged {
            finished(&alice, &receipt).await;
        }
    }
}

#[tokio::test]
async fn of_a_secret_room_what_is_destroyed_is_told_from_what_is_sealed() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let file = bob.whispers(&secret, "plan.txt", "bytes").await.expect(201).id();
    alice.sends(&secret, "kept").await;
    let deleted = alice.sends(&secret, "deleted").await;
    let pinned = bob.sends_files(&secret, "of bob", &[file]).await;
    bob.put(&secret.message(&pinned, "/pin"), json!({})).await.expect(204);
    let then = format!("?as_of={}", app.head().await);
    let told = async |at: &str| -> Vec<Value> {
        let was = past(&ada, &secret, &format!("/messages{at}")).await.expect(200);
        let one = |message: &&Value| json!([message["status"], message["erased"], message["pinned"], message["data"]]);
        was.messages().iter().map(one).collect()
    };
    let kept = json!(["sent", false, false, {}]);
    let with_file = json!(["sent", false, true, {"file_ids": [file]}]);
    assert_eq!(told(&then).await, [kept.clone(), kept.clone(), with_file.clone()]);

    alice.delete(&secret.message(&deleted, "")).await.expect(200);
    let destroyed = json!(["sent", true, false, {}]);
    assert_eq!(told(&then).await, [kept.clone(), destroyed.clone(), with_file.clone()]);
    let gone = json!(["deleted", false, false, {}]);
    assert_eq!(told("").await, [kept.clone(), gone.clone(), with_file], "as in a group");

    erases(&bob).await.expect(200);
    assert_eq!(told(&then).await, [kept.clone(), destroyed.clone(), destroyed.clone()]);
    assert_eq!(told("").await, [kept, gone, destroyed], "what alice said ends with her");
}

#[tokio::test]
async fn a_look_at_the_past_is_an_auditors_and_on_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let head = app.head().await;
    for below in ["", "/members", "/messages"] {
        past(&alice, &room, below).await.expect_problem(404, "not-found");
        let path = format!("/v1/audit/rooms/{}{below}", room.0);
        app.get(&path).await.expect(401);
        ada.get(&path).await.expect_problem(400, "audit-reason-required");
        for wrong in ["as_of=now", "as_of=-1", "as_of=", "as_of=9999-12-31T23:59:59-01:00", "nonsense=1"] {
            past(&ada, &room, &format!("{below}?{wrong}")).await.expect_problem(400, "invalid-query");
            past(&alice, &room, &format!("{below}?{wrong}")).await.expect_problem(404, "not-found");
        }
        past(&ada, &room, &format!("{below}?as_of={}", head + 1000)).await.expect_problem(409, "position-unknown");
    }
    assert_eq!(app.head().await, head, "what is refused is no access");
    for (below, number) in ["", "/members", "/messages"].into_iter().zip(1..) {
        let path = format!("/v1/audit/rooms/{}{below}?as_of={head}", room.0);
        past(&ada, &room, &format!("{below}?as_of={head}")).await.expect(200);
        let what = "select payload->>'what' from log.events where aggregate_type = 'audit' and position = $1";
        let what: String = sqlx::query_scalar(what).bind(head + number).fetch_one(&app.pool).await.unwrap();
        assert_eq!(what, path);
    }
}
