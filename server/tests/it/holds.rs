//! Legal holds: what is held is not erased, by whomever and however, and that it was tried is on record.

mod races;
mod suspended;

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::{Duration, Instant, sleep};
use uuid::Uuid;

use crate::erasures::{erases, finished};
use crate::harness::{Answer, Person, Setup, TestApp};

async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

fn new_id(app: &TestApp) -> Uuid {
    app.setup.context.new_id()
}

fn address(hold: Uuid) -> String {
    format!("/v1/audit/holds/{hold}")
}

async fn places(auditor: &Person, hold: Uuid, body: &Value) -> Answer {
    auditor.request("PUT", &address(hold)).header("audit-reason", "case 7").json(body).send().await
}

pub(crate) async fn lifts(auditor: &Person, hold: Uuid) -> Answer {
    auditor.request("DELETE", &address(hold)).header("audit-reason", "settled").send().await
}

/// Places a hold; its id.
pub(crate) async fn held(app: &TestApp, auditor: &Person, mut what: Value) -> Uuid {
    let hold = new_id(app);
    what["reason"] = json!("preserve");
    places(auditor, hold, &what).await.expect(201);
    hold
}

async fn reads(auditor: &Person, path: &str) -> Answer {
    auditor.request("GET", path).header("audit-reason", "looking").send().await
}

/// The erasures that were refused, each its kind, its id and who tried, in order.
async fn refused(auditor: &Person) -> Vec<(Value, Value, Value)> {
    let page = reads(auditor, "/v1/audit/events?type=erasure_refused").await.expect(200);
    let told = |event: &Value| {
        (event["payload"]["kind"].clone(), event["payload"]["id"].clone(), event["metadata"]["actor_id"].clone())
    };
    page.items().iter().map(told).collect()
}

#[tokio::test]
async fn a_hold_is_an_auditors_and_is_on_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let hold = new_id(&app);
    let body = json!({"room_id": room.0, "reason": " preserve "});
    places(&alice, hold, &body).await.expect_problem(404, "not-found");
    places(&alice, hold, &json!({"nonsense": 1})).await.expect_problem(404, "not-found");
    lifts(&alice, hold).await.expect_problem(404, "not-found");
    reads(&alice, "/v1/audit/holds").await.expect_problem(404, "not-found");
    ada.put(&address(hold), body.clone()).await.expect_problem(400, "audit-reason-required");
    ada.get("/v1/audit/holds").await.expect_problem(400, "audit-reason-required");
    for path in ["/v1/audit/holds", &address(new_id(&app)), &format!("/v1/audit/erasures/{}", new_id(&app))] {
        let wrong = format!("{path}?colour=red");
        reads(&ada, &wrong).await.expect_problem(400, "invalid-query");
        reads(&alice, &wrong).await.expect_problem(404, "not-found");
    }
    places(&ada, hold, &json!({"reason": "x"})).await.expect_invalid("");
    places(&ada, hold, &json!({"room_id": room.0})).await.expect_invalid("/reason");
    places(&ada, hold, &json!({"room_id": room.0, "reason": " "})).await.expect_invalid("/reason");
    places(&ada, hold, &json!({"room_id": new_id(&app), "reason": "x"})).await.expect_invalid("/room_id");
    places(&ada, hold, &json!({"user_id": room.0, "reason": "x"})).await.expect_invalid("/user_id");
    lifts(&ada, hold).await.expect_problem(404, "not-found");
    assert!(reads(&ada, "/v1/audit/holds").await.expect(200).items().is_empty());

    let placed = places(&ada, hold, &body).await.expect(201);
    assert_eq!(placed.header("location"), Some(&*address(hold)));
    assert_eq!(placed.position(), Some(app.head().await));
    let again = places(&ada, hold, &body).await.expect(200);
    assert_eq!((again.id(), app.head().await), (hold, placed.position().unwrap()), "nothing is placed twice");
    places(&ada, hold, &json!({"room_id": room.0, "reason": "other"})).await.expect_problem(409, "id-taken");
    let shown = reads(&ada, &address(hold)).await.expect(200).body;
    assert_eq!(
        (&shown["room_id"], &shown["user_id"], &shown["reason"], &shown["placed_by"], &shown["lifted"]),
        (&json!(room.0), &json!(null), &json!("preserve"), &json!(ada.id), &json!(null))
    );

    let lifted = lifts(&ada, hold).await.expect(204);
    assert_eq!(lifts(&ada, hold).await.expect(204).position(), lifted.position());
    let again = places(&ada, hold, &body).await.expect_problem(409, "id-taken");
    assert_eq!(again.body["detail"], "this hold was lifted, and is not placed again: take another id");
    let other =
        places(&ada, hold, &json!({"room_id": room.0, "reason": "other"})).await.expect_problem(409, "id-taken");
    assert_eq!(other.body["detail"], "the id is taken by something else");
    let list = reads(&ada, "/v1/audit/holds").await.expect(200);
    let [shown] = list.items() else { panic!("{}", list.text) };
    assert_eq!((&shown["lifted"]["by"], &shown["lifted"]["reason"]), (&json!(ada.id), &json!("settled")));
    reads(&ada, &address(new_id(&app))).await.expect_problem(404, "not-found");

    let stream = format!("/v1/audit/events?stream=audit-{}&open=true", ada.id);
    let accesses = reads(&ada, &stream).await.expect(200);
    let what: Vec<_> = accesses.items().iter().map(|event| event["payload"]["what"].as_str().unwrap()).collect();
    let address = address(hold);
    for look in [&*format!("PUT {address}"), &format!("DELETE {address}"), &address, "/v1/audit/holds"] {
        assert!(what.contains(&look), "{look}: {what:?}");
    }
}

#[tokio::test]
async fn why_a_hold_is_lifted_is_said_in_as_many_headers_as_one_likes() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (_, room) = app.member_of_a_room("alice").await;
    let hold = held(&app, &ada, json!({"room_id": room.0})).await;
    let lifted_because = |reason: &str| ada.request("DELETE", &address(hold)).header("audit-reason", reason);
    lifted_because(" ").send().await.expect_problem(400, "audit-reason-required");
    let long = "x".repeat(500);
    lifted_because(&long).header("audit-reason", &long).send().await.expect_problem(400, "invalid-header");
    lifted_because("settled").header("audit-reason", "in court").send().await.expect(204);
    assert_eq!(reads(&ada, &address(hold)).await.expect(200).body["lifted"]["reason"], "settled, in court");
}

#[tokio::test]
async fn what_is_held_in_a_room_is_not_erased_until_the_hold_is_lifted() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let secret = alice.confides_in(&bob).await;
    let whisper = alice.sends(&secret, "psst").await;
    let file = alice.whispers(&secret, "photo", "bytes").await.expect(201).id();
    let holds =
        [held(&app, &ada, json!({"room_id": secret.0})).await, held(&app, &ada, json!({"room_id": room.0})).await];
    // Who left, and who only was in it, is held as well.
    bob.leaves(&room).await;

    let message = secret.message(&whisper, "");
    let file_path = format!("/v1/files/{file}");
    let key = |request: crate::harness::request::Request| request.header("idempotency-key", "once");
    key(alice.request("DELETE", &message)).send().await.expect_problem(409, "legal-hold");
    alice.delete(&file_path).await.expect_problem(409, "legal-hold");
    alice.delete(&room.path("")).await.expect_problem(409, "legal-hold");
    erases(&bob).await.expect_problem(409, "legal-hold");
    assert_eq!(bob.reads(&secret).await, ["psst"]);
    let told = |kind: &str, id: Uuid, who: &Person| (json!(kind), json!(id), json!(who.id));
    let tried = [
        told("message", whisper.id, &alice),
        told("file", file, &alice),
        told("room", room.0, &alice),
        told("account", bob.id, &bob),
    ];
    assert_eq!(refused(&ada).await, tried);
    // A hold of some rooms does not bind the rest.
    let others = alice.confides_in(&carol).await;
    let elsewhere = alice.sends(&others, "gone").await;
    alice.delete(&others.message(&elsewhere, "")).await.expect(200);
    erases(&carol).await.expect(200);

    for hold in holds {
        lifts(&ada, hold).await.expect(204);
    }
    // What was refused is not remembered.
    key(alice.request("DELETE", &message)).send().await.expect(200);
    alice.delete(&file_path).await.expect(204);
    alice.delete(&room.path("")).await.expect(204);
    let receipt = erases(&bob).await.expect(200);
    finished(&ada, &receipt).await;
    assert_eq!(refused(&ada).await, tried);
}

/// They are of no room, so that no member is told of them, and what stands sealed in them opens also of secret rooms.
#[tokio::test]
async fn what_concerns_holds_of_a_room_is_found_by_stream_and_type() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let whisper = alice.sends(&secret, "psst").await;
    let hold = held(&app, &ada, json!({"room_id": secret.0})).await;
    alice.delete(&secret.message(&whisper, "")).await.expect_problem(409, "legal-hold");
    lifts(&ada, hold).await.expect(204);

    let events = reads(&ada, "/v1/audit/events?stream=holds-instance&open=true").await.expect(200);
    let [placed, lifted] = events.items() else { panic!("{}", events.text) };
    assert_eq!(
        (&placed["payload"]["room_id"], &placed["opened"]["reason"]["open"]),
        (&json!(secret.0), &json!("preserve"))
    );
    assert_eq!((&lifted["payload"]["hold_id"], &lifted["opened"]["reason"]["open"]), (&json!(hold), &json!("settled")));
    assert_eq!(refused(&ada).await, [(json!("message"), json!(whisper.id), json!(alice.id))]);
    let of_the_room = reads(&ada, &format!("/v1/audit/events?room={}", secret.0)).await.expect(200);
    let types: Vec<_> = of_the_room.items().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"message_sent"), "{types:?}");
    assert!(!types.iter().any(|kind| kind.starts_with("hold_") || *kind == "erasure_refused"), "{types:?}");
}

#[tokio::test]
async fn what_a_person_wrote_is_held_wherever_it_is() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let secret = alice.confides_in(&bob).await;
    let (of_bob, of_alice) = (bob.sends(&secret, "of bob").await, alice.sends(&secret, "of alice").await);
    let file = bob.uploads("plan.txt", "bytes").await;
    bob.sends_files(&room, "look", &[file]).await;
    let forwarded = bob.sends(&room, "first said here").await;
    let elsewhere = alice.creates_room("elsewhere").await;
    alice.post(&room.message(&forwarded, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201);

    // In a room that Bob never was in, by the words of his that were taken there.
    let there = held(&app, &ada, json!({"room_id": elsewhere.0})).await;
    erases(&bob).await.expect_problem(409, "legal-hold");
    lifts(&ada, there).await.expect(204);

    let his = held(&app, &ada, json!({"user_id": bob.id})).await;
    bob.delete(&secret.message(&of_bob, "")).await.expect_problem(409, "legal-hold");
    bob.delete(&format!("/v1/files/{file}")).await.expect_problem(409, "legal-hold");
    erases(&bob).await.expect_problem(409, "legal-hold");
    alice.delete(&secret.message(&of_alice, "")).await.expect(200);
    lifts(&ada, his).await.expect(204);

    // His file was in the room, and is held there, although he took it back.
    let both = held(&app, &ada, json!({"room_id": room.0, "user_id": bob.id})).await;
    bob.delete(&format!("/v1/files/{file}/permissions/rooms/{}", room.0)).await.expect(204);
    bob.delete(&format!("/v1/files/{file}")).await.expect_problem(409, "legal-hold");
    bob.delete(&secret.message(&of_bob, "")).await.expect(200);
    lifts(&ada, both).await.expect(204);
    bob.delete(&format!("/v1/files/{file}")).await.expect(204);
    erases(&bob).await.expect(200);
    erases(&alice).await.expect(200);
}

#[tokio::test]
async fn what_somebody_forwarded_is_held_with_them() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
    }
    let (kept, elsewhere) = (carol.creates_room("kept").await, carol.creates_room("elsewhere").await);
    let said = alice.sends(&room, "of alice").await;
    carol.post(&room.message(&said, "/forwards"), json!({"to_room_id": kept.0})).await.expect(201);
    let file = bob.uploads("plan.txt", "bytes").await;
    let sent = bob.sends_files(&room, "of bob", &[file]).await;
    carol.post(&room.message(&sent, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201);

    // What carol wrote in one room has words of alice's among it, and none of bob's.
    let there = held(&app, &ada, json!({"room_id": kept.0, "user_id": carol.id})).await;
    erases(&alice).await.expect_problem(409, "legal-hold");
    lifts(&ada, there).await.expect(204);
    let everywhere = held(&app, &ada, json!({"user_id": carol.id})).await;
    for person in [&alice, &bob] {
        erases(person).await.expect_problem(409, "legal-hold");
    }
    lifts(&ada, everywhere).await.expect(204);
    held(&app, &ada, json!({"room_id": kept.0, "user_id": carol.id})).await;
    erases(&bob).await.expect(200);
    erases(&alice).await.expect_problem(409, "legal-hold");
    app.settled().await;
    assert_eq!(carol.reads(&kept).await, ["of alice"]);
}

#[tokio::test]
async fn words_in_a_secret_room_are_held_with_who_said_them_first() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let said = alice.sends(&room, "of alice").await;
    let secret = bob.confides_in(&app.registers("carol").await).await;
    let forwarded = bob.post(&room.message(&said, "/forwards"), json!({"to_room_id": secret.0})).await.expect(201);
    let hold = held(&app, &ada, json!({"user_id": alice.id})).await;
    let address = forwarded.header("location").unwrap();
    bob.delete(address).await.expect_problem(409, "legal-hold");
    lifts(&ada, hold).await.expect(204);
    bob.delete(address).await.expect(200);
}

/// It ends with the message, whosever that is.
#[tokio::test]
async fn what_somebody_reacted_with_in_a_secret_room_is_held_with_them() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let (first, second) = (alice.sends(&secret, "first").await, alice.sends(&secret, "second").await);
    // What was taken back is in the record.
    let reaction = secret.message(&first, "/reactions/👍");
    bob.put(&reaction, json!({})).await.expect(204);
    bob.delete(&reaction).await.expect(204);
    let hold = held(&app, &ada, json!({"user_id": bob.id})).await;
    alice.delete(&secret.message(&first, "")).await.expect_problem(409, "legal-hold");
    alice.delete(&secret.message(&second, "")).await.expect(200);
    lifts(&ada, hold).await.expect(204);
    alice.delete(&secret.message(&first, "")).await.expect(200);
}

#[tokio::test]
async fn a_file_that_never_was_in_the_room_is_not_held_there() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    held(&app, &ada, json!({"room_id": room.0, "user_id": alice.id})).await;
    let (apart, there) = (alice.uploads("apart.txt", "apart").await, alice.uploads("there.txt", "there").await);
    alice.sends_files(&room, "look", &[there]).await;
    alice.delete(&format!("/v1/files/{apart}")).await.expect(204);
    alice.delete(&format!("/v1/files/{there}")).await.expect_problem(409, "legal-hold");
}

/// Waits until bytes of somebody else, which nobody keeps, went in as many rounds as it takes to look at all bytes.
async fn others_bytes_go(app: &TestApp, other: &Person, left: usize) {
    // By little: what arrives is a dead process's once it is hours old by that clock.
    for word in ["one", "other"] {
        let id = other.uploads("x", word).await;
        app.settled().await;
        other.delete(&format!("/v1/files/{id}")).await.expect(204);
        // From when on nothing refers to them is noted, perhaps anew by a round that began before: each time the clock goes on.
        let noted = "select b.unreferenced_since from observed.blob b join read.file f on f.blob = b.name \
             where f.id = $1 and b.removed_at is null";
        let deadline = Instant::now() + Duration::from_mins(1);
        while app.setup.blobs_kept().await != left {
            assert!(Instant::now() < deadline, "{left} are to be left");
            let since: Option<OffsetDateTime> =
                sqlx::query_scalar(noted).bind(id).fetch_optional(&app.pool).await.unwrap();
            if since.is_some_and(|since| since > app.setup.context.now() - time::Duration::HOUR) {
                app.setup.context.advance(time::Duration::minutes(2));
            }
            // Polls what the collector writes.
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn bytes_that_are_held_stay_whoever_deleted_their_file_or_left() {
    let setup = Setup::without_nats().await.with_clock().flag("--blobs-grace=1min").flag("--blobs-collect-every=10ms");
    let app = setup.start().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol, dan) = (app.registers("bob").await, app.registers("carol").await, app.registers("dan").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
    }
    // Bob deleted his before anybody held it, and had it for a while yet.
    let deleted = bob.uploads("plan.txt", "of bob").await;
    bob.sends_files(&room, "look", &[deleted]).await;
    bob.delete(&format!("/v1/files/{deleted}")).await.expect(204);
    let his = held(&app, &ada, json!({"user_id": bob.id})).await;
    others_bytes_go(&app, &dan, 1).await;
    lifts(&ada, his).await.expect(204);
    crate::files::left(&app, 0).await;

    // Of Alice's there is what Carol forwarded.
    let file = alice.uploads("plan.txt", "of alice").await;
    let sent = alice.sends_files(&room, "look", &[file]).await;
    let elsewhere = carol.creates_room("elsewhere").await;
    carol.post(&room.message(&sent, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201);
    alice.delete(&format!("/v1/files/{file}")).await.expect(204);
    let hers = held(&app, &ada, json!({"user_id": alice.id})).await;
    erases(&carol).await.expect(200);
    others_bytes_go(&app, &dan, 1).await;
    lifts(&ada, hers).await.expect(204);
    crate::files::left(&app, 0).await;
}
