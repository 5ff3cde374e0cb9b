//! Dialogs: once for each two people, both equal, and not with whom has blocked one.

use serde_json::{Value, json};
use sqlx::{PgPool, query_scalar};

use crate::harness::{Answer, Person, Room, Setup, TestApp};

fn with(other: &Person) -> Value {
    json!({"type": "dialog", "member_ids": [other.id]})
}

async fn opens(person: &Person, other: &Person) -> Answer {
    person.post("/v1/rooms", with(other)).await
}

#[tokio::test]
async fn two_people_have_one_dialog_whoever_asks() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let made = opens(&alice, &bob).await.expect(201);
    let (id, path) = (made.id(), made.header("location").unwrap().to_owned());
    assert_eq!((path.as_str(), id.get_version_num()), (&*format!("/v1/rooms/{id}"), 8));

    for (person, other) in [(&alice, &bob), (&bob, &alice)] {
        let head = app.head().await;
        let mut again = opens(person, other).await.expect(200);
        assert_eq!((again.id(), again.body["position"].as_i64()), (id, again.position()));
        assert_eq!(app.head().await, head, "nothing is made again");

        let room = person.get(&path).await.expect(200);
        assert_eq!(again.header("etag"), room.header("etag"));
        let room = room.body;
        again.body.as_object_mut().unwrap().remove("position");
        assert_eq!(again.body, room);
        assert_eq!((&room["type"], &room["visibility"]), (&json!("dialog"), &json!("private")));
        assert_eq!((&room["name"], &room["topic"], &room["member_count"]), (&json!(null), &json!(null), &json!(2)));
        let mut both = [alice.id, bob.id];
        both.sort();
        assert_eq!(room["member_ids"], json!(both));
        let usual = ["view_history", "send_messages", "send_files", "react", "pin_messages", "start_calls"];
        assert_eq!((&room["permissions"], &room["my"]["permissions"]), (&json!(usual), &json!(usual)));
        let permissions = person.get(&format!("{path}/members/{}/permissions", other.id)).await.expect(200);
        assert_eq!(permissions.body["effective"], json!(usual));
    }
    assert_ne!(opens(&alice, &eve).await.expect(201).id(), id);
    eve.get(&path).await.expect_problem(404, "not-found");

    let room = Room(id);
    alice.sends(&room, "hello").await;
    app.settled().await;
    assert_eq!(bob.reads(&room).await, ["hello"]);
}

/// By one process, and by two on one database.
#[tokio::test]
async fn both_open_it_at_once_and_it_is_there_once() {
    let setup = Setup::without_nats().await;
    let (here, there) = (setup.spawn().await, setup.spawn().await);
    let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    let head = async || query_scalar::<_, i64>("select position from log.head").fetch_one(&pool).await.unwrap();
    for round in 0..20 {
        let alice = here.registers(&format!("alice{round}")).await;
        let bob = here.registers(&format!("bob{round}")).await;
        let bob = if round % 2 == 0 { bob.at(&there.url) } else { bob };
        let before = head().await;
        let (one, other) = tokio::join!(opens(&alice, &bob), opens(&bob, &alice));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!((statuses, one.id()), ([200, 201], other.id()), "{} {}", one.text, other.text);
        assert_eq!(head().await, before + 3, "a room and two members");
    }
}

#[tokio::test]
async fn what_is_no_dialog_is_refused() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let bad = [
        (json!({"member_ids": []}), "/member_ids"),
        (json!({"member_ids": [alice.id]}), "/member_ids/0"),
        (json!({"member_ids": [nobody]}), "/member_ids/0"),
        (json!({"member_ids": [alice.id, nobody]}), "/member_ids/1"),
        (json!({"member_ids": [bob.id, eve.id]}), "/member_ids"),
        (json!({"id": nobody}), "/id"),
        (json!({"name": "Us"}), "/name"),
        (json!({"topic": "Us"}), "/topic"),
        (json!({"visibility": "public"}), "/visibility"),
        (json!({"permissions": ["view_history", "react"]}), "/permissions"),
    ];
    let refused = async || {
        for (change, pointer) in &bad {
            let mut body = with(&bob);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            alice.post("/v1/rooms", body).await.expect_invalid(pointer);
        }
    };
    refused().await;
    app.request("POST", "/v1/rooms").json(&with(&bob)).send().await.expect_problem(401, "not-signed-in");
    // Oneself need not be named, but may be.
    let body = json!({"type": "dialog", "member_ids": [alice.id, bob.id, bob.id]});
    assert_eq!(alice.post("/v1/rooms", body).await.expect(201).id(), opens(&bob, &alice).await.expect(200).id());
    // One that is there is not asked for by what it could not be.
    refused().await;
    let body = json!({"type": "dialog", "member_ids": [bob.id], "permissions": ["send_messages"]});
    alice.post("/v1/rooms", body).await.expect(200);
}

#[tokio::test]
async fn its_members_stay_the_two() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let room = Room(opens(&alice, &bob).await.expect(201).id());
    for person in [&alice, &bob] {
        let members = person.get(&room.path("/members")).await.expect(200);
        assert_eq!(members.items().len(), 2);
        person.delete(&room.path("/members/me")).await.expect_problem(409, "members-fixed");
        person.put(&room.path(&format!("/members/{}", eve.id)), json!({})).await.expect_problem(409, "members-fixed");
        for other in [&alice, &bob] {
            let path = room.path(&format!("/members/{}", other.id));
            person.delete(&path).await.expect_problem(409, "members-fixed");
        }
        person.patch(&room.path(""), json!({"name": "Us"})).await.expect_problem(403, "forbidden");
        person.put(&room.path("/archive"), json!({})).await.expect_problem(403, "forbidden");
    }
    eve.put(&room.path("/members/me"), json!({})).await.expect_problem(404, "not-found");
    eve.post(&room.path("/messages"), json!({"text": "hi"})).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_retry_opens_it_once_and_is_answered_alike() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let open = |body| alice.request("POST", "/v1/rooms").header("idempotency-key", "open").json(&body).send();
    let first = open(with(&bob)).await.expect(201);
    let again = open(with(&bob)).await.expect(201);
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&first.body, Some("true")));
    open(json!({"type": "dialog", "member_ids": [bob.id, bob.id]})).await.expect_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_dialog_that_was_closed_is_not_there_to_be_asked_for() {
    let app = TestApp::without_nats().await;
    let (alice, bob, operator) =
        (app.registers("alice").await, app.registers("bob").await, app.administrator("root").await);
    let place = Room(opens(&alice, &bob).await.expect(201).id());
    operator.delete(&place.path("")).await.expect(204);
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        opens(one, other).await.expect_problem(404, "not-found");
        one.get(&place.path("")).await.expect_problem(404, "not-found");
    }
}
