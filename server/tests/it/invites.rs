//! Coming into rooms with invites.

use futures::future::join_all;
use serde_json::json;
use sqlx::PgPool;
use time::Duration;

use crate::erasures::erases;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room, Setup, TestApp};

/// A code that nobody made.
const NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAUA";

#[tokio::test]
async fn whoever_has_the_code_comes_in() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let made = alice.post(&room.path("/invites"), json!({})).await.expect(201);
    let code = made.body["code"].as_str().unwrap().to_owned();
    let itself = room.path(&format!("/invites/{code}"));
    assert_eq!((made.header("location"), made.body["position"].as_i64()), (Some(&*itself), made.position()));

    let came = bob.accepts(&code).await.expect(201);
    assert_eq!(came.header("location"), Some(&*room.path("")));
    assert_eq!(came.body, json!({"room_id": room.0, "position": came.position()}));
    bob.sends(&room, "hello").await;
    // Who is in it already uses nothing up.
    for member in [&bob, &alice] {
        let again = member.accepts(&code).await.expect(200);
        assert_eq!(again.body["room_id"], json!(room.0));
    }
    eve.accepts(&code).await.expect(201);
    app.settled().await;
    let listed = alice.get(&room.path("/invites")).await.expect(200);
    assert_eq!(
        listed.items(),
        [json!({
            "code": code, "created_by": alice.id, "created_at": listed.items()[0]["created_at"], "uses": 2,
            "max_uses": null, "expires_at": null,
        })]
    );
    bob.leaves(&room).await;
    bob.accepts(&code).await.expect(201);
}

/// Two processes on one database, each with half of them.
#[tokio::test]
async fn of_twenty_who_come_at_once_five_come_in() {
    let setup = Setup::without_nats().await;
    let servers = [setup.spawn().await, setup.spawn().await];
    let alice = servers[0].registers("alice").await;
    let room = alice.creates_room("general").await;
    let people = join_all((0..20).map(|number| {
        let server = &servers[number % 2];
        async move { server.registers(&format!("guest{number}")).await }
    }));
    let people = people.await;
    let code = alice.invites(&room, json!({"max_uses": 5})).await;
    let answers = join_all(people.iter().map(|person| person.accepts(&code))).await;
    let (mut came, mut last) = (0, 0);
    for answer in answers {
        if answer.status == 201 {
            came += 1;
            last = last.max(answer.position().unwrap());
        } else {
            answer.expect_problem(409, "invite-spent");
        }
    }
    assert_eq!(came, 5);
    let sql = "select event_type, count(*) from log.events where event_type in ('invite_accepted', 'membership_joined') \
               group by event_type order by event_type";
    let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    let events: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
    assert_eq!(events, [("invite_accepted".to_owned(), 5), ("membership_joined".to_owned(), 6)], "and the maker");
    let asks = |path: String| {
        let request = alice.request("GET", &path).header("min-event-position", last.to_string());
        async move { request.patiently().await.expect(200) }
    };
    assert_eq!(asks(room.path("")).await.body["member_count"], 6);
    assert!(asks(room.path("/invites")).await.items().is_empty());
}

#[tokio::test]
async fn an_invite_is_spent_when_it_is_used_up_expired_or_revoked() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let once = alice.invites(&room, json!({"max_uses": 1})).await;
    bob.accepts(&once).await.expect(201);
    eve.accepts(&once).await.expect_problem(409, "invite-spent");
    bob.accepts(&once).await.expect(200);

    let later = api_kit::Timestamp(app.setup.context.now() + Duration::HOUR);
    let short = alice.invites(&room, json!({"expires_at": later})).await;
    let revoked = alice.invites(&room, json!({})).await;
    let listed = alice.get(&room.path("/invites")).await.expect(200);
    assert_eq!(listed.items()[0]["expires_at"], json!(later));
    assert_eq!(
        listed.items().iter().map(|invite| &invite["code"]).collect::<Vec<_>>(),
        [&json!(short), &json!(revoked)]
    );
    let itself = room.path(&format!("/invites/{revoked}"));
    alice.delete(&itself).await.expect(204);
    alice.delete(&itself).await.expect(204);
    eve.accepts(&revoked).await.expect_problem(409, "invite-spent");
    app.setup.context.advance(Duration::HOUR);
    eve.accepts(&short).await.expect_problem(409, "invite-spent");
    assert!(alice.get(&room.path("/invites")).await.expect(200).items().is_empty());
}

#[tokio::test]
async fn an_invite_is_good_while_its_maker_may_invite() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let greeter = alice.defines(&room, "Greeter", 1, &["invite_members"]).await;
    alice.gives(&room, &bob, &[greeter]).await.expect(201);
    let code = bob.invites(&room, json!({})).await;
    alice.gives(&room, &bob, &[]).await.expect(200);
    eve.accepts(&code).await.expect_problem(409, "invite-spent");
    alice.removes(&room, &bob).await;
    // Nor does it bring back who was removed.
    bob.accepts(&code).await.expect_problem(409, "invite-spent");
    alice.gives(&room, &bob, &[greeter]).await.expect(201);
    eve.accepts(&code).await.expect(201);

    // Nor of one who is suspended, or erased, though they left no room.
    let admin = app.administrator("root").await;
    let suspension = format!("/v1/users/{}/suspension", bob.id);
    let (fay, gil) = (app.registers("fay").await, app.registers("gil").await);
    admin.put(&suspension, json!({})).await.expect(204);
    fay.accepts(&code).await.expect_problem(409, "invite-spent");
    admin.delete(&suspension).await.expect(204);
    fay.accepts(&code).await.expect(201);
    erases(&Person::signs_in(&app.url, &bob.email, PASSWORD).await).await.expect(200);
    gil.accepts(&code).await.expect_problem(409, "invite-spent");
}

#[tokio::test]
async fn who_may_not_invite_learns_of_no_invite() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    alice.adds(&room, &bob).await;
    let code = alice.invites(&room, json!({})).await;
    let refuses = async |person: &Person, room: &Room, status: u16, slug: &str| {
        person.post(&room.path("/invites"), json!({})).await.expect_problem(status, slug);
        person.get(&room.path("/invites")).await.expect_problem(status, slug);
        for code in [&code, NOTHING] {
            person.delete(&room.path(&format!("/invites/{code}"))).await.expect_problem(status, slug);
        }
    };
    refuses(&bob, &room, 403, "forbidden").await;
    refuses(&eve, &room, 404, "not-found").await;
    alice.patch(&room.path(""), json!({"visibility": "public"})).await.expect(200);
    refuses(&eve, &room, 403, "not-a-member").await;

    let other = alice.creates_room("other").await;
    for code in [&code, NOTHING, "nonsense"] {
        alice.delete(&other.path(&format!("/invites/{code}"))).await.expect_problem(404, "not-found");
    }
    for nothing in [NOTHING, "nonsense", "AAAAAAAAAAAAAAAAAAAAUB", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        eve.accepts(nothing).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn what_an_invite_cannot_be_is_refused() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for (body, pointer) in [
        (json!({"max_uses": 0}), "/max_uses"),
        (json!({"max_uses": -1}), "/max_uses"),
        (json!({"max_uses": 4_294_967_296_i64}), "/max_uses"),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
        (json!({"expires_at": "soon"}), "/expires_at"),
        (json!({"code": NOTHING}), "/code"),
    ] {
        let refused = alice.post(&room.path("/invites"), body).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    // A body may be left away.
    let code = alice.request("POST", &room.path("/invites")).send().await.expect(201).body["code"].clone();
    let code = code.as_str().unwrap();
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.post(&room.path("/invites"), json!({})).await.expect_problem(409, "archived");
    app.registers("bob").await.accepts(code).await.expect_problem(409, "archived");
    alice.delete(&room.path(&format!("/invites/{code}"))).await.expect(204);
}

#[tokio::test]
async fn a_retry_makes_no_second_invite_and_uses_none_up_twice() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let creates = async || {
        let request = alice.request("POST", &room.path("/invites")).header("idempotency-key", "first");
        request.json(&json!({"max_uses": 2})).send().await.expect(201)
    };
    let (made, again) = (creates().await, creates().await);
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&made.body, Some("true")));
    let path = format!("/v1/invites/{}/acceptance", made.body["code"].as_str().unwrap());
    let accept = async || bob.request("POST", &path).header("idempotency-key", "come").send().await.expect(201);
    let (came, again) = (accept().await, accept().await);
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&came.body, Some("true")));
    app.settled().await;
    let listed = alice.get(&room.path("/invites")).await.expect(200);
    assert_eq!(listed.items()[0]["uses"], 1);
}
