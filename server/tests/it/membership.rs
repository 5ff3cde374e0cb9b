//! How people want to have their rooms.

use serde_json::{Value, json};
use time::Duration;

use crate::harness::{Person, Room, Setup, TestApp};

async fn update(person: &Person, room: &Room, body: Value) -> Value {
    let changed = person.patch(&room.path("/membership"), body).await.expect(200);
    let mut body = changed.body.clone();
    assert_eq!(body.as_object_mut().unwrap().remove("position"), changed.position().map(Into::into));
    let shown = person.get(&room.path("/membership")).await.expect(200);
    assert_eq!((&body, changed.header("etag")), (&shown.body, shown.header("etag")));
    body
}

#[tokio::test]
async fn a_room_is_muted_and_kept_at_the_top() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let before = alice.get(&room.path("/membership")).await.expect(200).body;
    assert_eq!((&before["room_id"], &before["user_id"]), (&json!(room.0), &json!(alice.id)));
    assert_eq!((&before["roles"], &before["version"]), (&json!([]), &json!(1)));
    let part = async || {
        let part = alice.part_of(&room).await;
        (part["is_muted"].clone(), part["is_pinned"].clone())
    };
    assert_eq!(part().await, (json!(false), json!(false)));
    let both = update(&alice, &room, json!({"is_muted": true, "is_pinned": true})).await;
    assert_eq!(
        (&both["is_muted"], &both["muted_until"], &both["is_pinned"]),
        (&json!(true), &json!(null), &json!(true))
    );
    assert_eq!((&both["version"], part().await), (&json!(3), (json!(true), json!(true))));
    let listed = alice.get("/v1/rooms").await.expect(200);
    assert_eq!(listed.items()[0]["my"]["is_muted"], true);

    let same = update(&alice, &room, json!({"is_muted": true})).await;
    assert_eq!(same["version"], 3);
    update(&alice, &room, json!({"is_muted": false})).await;
    update(&alice, &room, json!({"is_pinned": false})).await;
    assert_eq!(part().await, (json!(false), json!(false)));

    // What somebody wanted ends with their being there.
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    update(&bob, &room, json!({"is_muted": true, "is_pinned": true})).await;
    bob.leaves(&room).await;
    alice.adds(&room, &bob).await;
    let part = bob.part_of(&room).await;
    assert_eq!((&part["is_muted"], &part["is_pinned"]), (&json!(false), &json!(false)));
}

/// Whether it is told is up to who shows it.
#[tokio::test]
async fn what_is_said_in_a_muted_room_is_unread_like_any_other() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    update(&bob, &room, json!({"is_muted": true})).await;
    alice.sends(&room, "hello @bob").await;
    app.settled().await;
    let listed = bob.get("/v1/rooms").await.expect(200).items()[0]["my"].clone();
    for part in [bob.part_of(&room).await, listed] {
        let told = (&part["is_muted"], &part["unread_count"], &part["mention_count"]);
        assert_eq!(told, (&json!(true), &json!(1), &json!(1)));
    }
}

#[tokio::test]
async fn a_mute_runs_out_by_the_clock() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let now = app.setup.context.now();
    let until = |after: Duration| json!(api_kit::Timestamp(now + after));
    let muted = update(&alice, &room, json!({"muted_until": until(Duration::HOUR)})).await;
    assert_eq!((&muted["is_muted"], &muted["muted_until"]), (&json!(true), &until(Duration::HOUR)));
    assert_eq!(alice.part_of(&room).await["muted_until"], until(Duration::HOUR));
    app.setup.context.advance(Duration::HOUR - Duration::MILLISECOND);
    assert_eq!(alice.part_of(&room).await["is_muted"], true);
    let head = app.head().await;
    app.setup.context.advance(Duration::MILLISECOND);
    let part = alice.part_of(&room).await;
    assert_eq!((&part["is_muted"], &part["muted_until"]), (&json!(false), &json!(null)));
    let exported = crate::export::exported(&app, &alice).await;
    let rooms: Value = serde_json::from_str(&exported["rooms.json"]).unwrap();
    assert_eq!(rooms[0]["muted"], false, "{rooms}");
    assert_eq!(app.head().await, head, "no event tells that it ran out");
    let again = update(&alice, &room, json!({"is_muted": true})).await;
    assert_eq!((&again["is_muted"], &again["muted_until"]), (&json!(true), &json!(null)));
    for (body, pointer) in [
        (json!({"muted_until": until(Duration::HOUR)}), "/muted_until"),
        (json!({"is_muted": false, "muted_until": until(Duration::DAY)}), "/muted_until"),
        (json!({"is_muted": null}), "/is_muted"),
        (json!({"is_pinned": "yes"}), "/is_pinned"),
        (json!({"is_loud": true}), "/is_loud"),
    ] {
        let refused = alice.patch(&room.path("/membership"), body).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

#[tokio::test]
async fn only_members_have_a_membership() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    for (visibility, status, slug) in [("private", 404, "not-found"), ("public", 403, "not-a-member")] {
        alice.patch(&room.path(""), json!({"visibility": visibility})).await.expect(200);
        bob.patch(&room.path("/membership"), json!({"is_muted": true})).await.expect_problem(status, slug);
        bob.get(&room.path("/membership")).await.expect_problem(status, slug);
    }
    let stale = alice.request("PATCH", &room.path("/membership")).header("if-match", "\"v2\"");
    stale.json(&json!({"is_muted": true})).send().await.expect_problem(412, "version-mismatch");
    for (method, path) in [
        ("DELETE", room.path("/members/me")),
        ("PUT", format!("/v1/users/me/blocks/{}", bob.id)),
        ("DELETE", format!("/v1/users/me/blocks/{}", bob.id)),
        ("DELETE", "/v1/sessions".to_owned()),
    ] {
        let stale = alice.request(method, &path).header("if-match", "\"v99\"");
        stale.send().await.expect_problem(412, "version-mismatch");
    }
    // An archived room is muted too.
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    update(&alice, &room, json!({"is_muted": true})).await;
}
