//! Legal holds: what is held is not erased, by whomever and however, and that it was tried is on record.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::time::{Duration, Instant, sleep};
use uuid::Uuid;

use crate::erasures::{erases, finished};
use crate::harness::{Answer, Person, Room, Setup, TestApp, TestDatabase};

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

async fn lifts(auditor: &Person, hold: Uuid) -> Answer {
    auditor.request("DELETE", &address(hold)).header("audit-reason", "settled").send().await
}

/// Places a hold; its id.
async fn held(app: &TestApp, auditor: &Person, mut what: Value) -> Uuid {
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
    places(&ada, hold, &body).await.expect_problem(409, "id-taken");
    let list = reads(&ada, "/v1/audit/holds").await.expect(200);
    let [shown] = list.items() else { panic!("{}", list.text) };
    assert_eq!((&shown["lifted"]["by"], &shown["lifted"]["reason"]), (&json!(ada.id), &json!("settled")));
    reads(&ada, &address(new_id(&app))).await.expect_problem(404, "not-found");

    let stream = format!("/v1/audit/events?stream=audit-{}&open=true", ada.id);
    let accesses = reads(&ada, &stream).await.expect(200);
    let what: Vec<_> = accesses.items().iter().map(|event| event["payload"]["what"].as_str().unwrap()).collect();
    assert!(what.contains(&&*format!("PUT {}", address(hold))), "{what:?}");
    assert!(what.contains(&&*format!("DELETE {}", address(hold))), "{what:?}");
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
async fn of_a_hold_and_an_erasure_of_the_same_moment_one_is_first() {
    let app = Arc::new(TestApp::without_nats().await);
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let mut outcomes = vec![];
    for round in 0..12_usize {
        let messages = join_all((0..4).map(|_| alice.sends(&secret, "psst"))).await;
        let hold = new_id(&app);
        let body = json!({"room_id": secret.0, "reason": "preserve"});
        let paths: Vec<_> = messages.iter().map(|sent| secret.message(sent, "")).collect();
        // From round to round the hold comes among others of the erasures.
        let (before, after) = paths.split_at(round % 5);
        let delete = async |path: &String| alice.request("DELETE", path).send().await;
        let (erased, placed, erased_too) = tokio::join!(
            join_all(before.iter().map(delete)),
            places(&ada, hold, &body),
            join_all(after.iter().map(delete))
        );
        let placed = placed.expect(201).position().unwrap();
        for answer in erased.into_iter().chain(erased_too) {
            outcomes.push(answer.status);
            if answer.status == 200 {
                assert!(answer.position().unwrap() < placed, "erased after it was held: {}", answer.text);
            } else {
                answer.expect_problem(409, "legal-hold");
            }
        }
        lifts(&ada, hold).await.expect(204);
    }
    let destroyed = "select e.position from log.events e where e.event_type = 'message_deleted' and ( \
         select h.event_type from log.events h where h.aggregate_type = 'holds' and h.position < e.position \
         order by h.position desc limit 1) = 'hold_placed'";
    let held: Vec<i64> = sqlx::query_scalar(destroyed).fetch_all(&app.pool).await.unwrap();
    assert_eq!(held, Vec::<i64>::new(), "none stands while the hold does");
    assert_eq!(refused(&ada).await.len(), outcomes.iter().filter(|status| **status == 409).count());
    let texts = bob.reads(&Room(secret.0)).await;
    assert_eq!(
        texts.iter().filter(|text| *text == "psst").count(),
        outcomes.iter().filter(|status| **status == 409).count()
    );
}

/// Waits until so many appends wait for their turn.
async fn waiting(app: &TestApp, count: i64) {
    let waits = "select count(*) from pg_stat_activity \
         where datname = current_database() and wait_event_type = 'Lock' and query ilike 'call log.append%'";
    let deadline = Instant::now() + Duration::from_secs(10);
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&app.pool).await.unwrap() < count {
        assert!(Instant::now() < deadline, "not {count} appends wait");
        // Polls what PostgreSQL says of them.
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn of_words_that_come_to_be_held_by_a_forward_and_their_erasure_one_is_first() {
    let database = TestDatabase::copied().await;
    // Two processes, each of which appends by itself.
    let (app, other) = (Setup::on(&database.url).start().await, Setup::on(&database.url).start().await);
    let superuser = database.superuser_url.clone();
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let fay = app.registers("fay").await;
    alice.adds(&room, &fay).await;
    let (kept, elsewhere) = (alice.creates_room("kept").await, fay.creates_room("elsewhere").await);
    held(&app, &ada, json!({"room_id": kept.0})).await;
    held(&app, &ada, json!({"user_id": fay.id})).await;
    // Into a room that is held, and by somebody who is.
    let (into, by) = ((&alice, &kept), (&fay, &elsewhere));
    for (name, erased_first, (forwarder, to)) in
        [("bob", false, into), ("carol", true, into), ("dan", false, by), ("eve", true, by)]
    {
        let author = app.registers(name).await;
        alice.adds(&room, &author).await;
        let said = author.sends(&room, &format!("of {name}")).await;
        app.settled().await;
        let forward = || async { forwarder.post(&room.message(&said, "/forwards"), json!({"to_room_id": to.0})).await };
        let elsewhere = author.at(&other.url);
        let erase = || erases(&elsewhere);

        // Both are decided while neither is appended; whichever comes to the lock first is first.
        let mut lock = PgConnection::connect(&superuser).await.unwrap();
        sqlx::raw_sql("begin; select from log.head for update").execute(&mut lock).await.unwrap();
        let release = async {
            waiting(&app, 2).await;
            lock.close().await.unwrap();
        };
        let (forwarded, erased) = if erased_first {
            let later = async {
                waiting(&app, 1).await;
                forward().await
            };
            let (erased, forwarded, ()) = tokio::join!(erase(), later, release);
            (forwarded, erased)
        } else {
            let later = async {
                waiting(&app, 1).await;
                erase().await
            };
            let (forwarded, erased, ()) = tokio::join!(forward(), later, release);
            (forwarded, erased)
        };
        if erased_first {
            erased.expect(200);
            // Whether the message is read again before its key is missed, or after.
            assert!(matches!(forwarded.problem(), Some("message-deleted" | "not-found")), "{}", forwarded.text);
        } else {
            forwarded.expect(201);
            erased.expect_problem(409, "legal-hold");
            assert_eq!(forwarder.reads(to).await, [format!("of {name}")]);
        }
    }
}
