//! Whose a room is.

use serde_json::json;

use crate::erasures::erases;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room, TestApp};

async fn transfer(by: &Person, room: &Room, to: &Person) -> crate::harness::Answer {
    by.put(&room.path("/ownership"), json!({"user_id": to.id})).await
}

#[tokio::test]
async fn an_owner_gives_a_room_to_a_member() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let given = transfer(&alice, &room, &bob).await.expect(204);
    let shown = bob.get(&room.path("")).await.expect(200).body;
    assert_eq!((&shown["owner_id"], &shown["created_by"]), (&json!(bob.id), &json!(alice.id)));
    assert_eq!(shown["my"]["permissions"].as_array().unwrap().len(), 13);
    assert_eq!(transfer(&bob, &room, &bob).await.expect(204).position(), given.position(), "it is theirs already");

    // What is left to Alice is what everyone has.
    assert_eq!(alice.part_of(&room).await["permissions"].as_array().unwrap().len(), 5);
    transfer(&alice, &room, &alice).await.expect_problem(403, "not-the-owner");
    alice.patch(&room.path(""), json!({"name": "x"})).await.expect_problem(403, "forbidden");
    bob.removes(&room, &alice).await;
}

#[tokio::test]
async fn where_nobody_has_a_room_an_administrator_gives_it_to_a_member() {
    let app = TestApp::without_nats().await;
    let admin = app.administrator("admin").await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
    }
    // Not while its owner is there.
    transfer(&admin, &room, &bob).await.expect_problem(404, "not-found");
    alice.leaves(&room).await;
    transfer(&bob, &room, &bob).await.expect_problem(403, "not-the-owner");
    transfer(&admin, &room, &admin).await.expect_invalid("/user_id");
    transfer(&admin, &room, &bob).await.expect(204);
    let notices = carol.get(&room.path("/messages")).await.expect(200).items().to_vec();
    let event = &notices.last().unwrap()["data"]["event"];
    assert_eq!((&event["from"], &event["to"]), (&json!(alice.id), &json!(bob.id)), "{event}");

    // An archived one, too, of who is erased.
    bob.put(&room.path("/archive"), json!({})).await.expect(204);
    erases(&bob).await.expect(200);
    transfer(&carol, &room, &carol).await.expect_problem(409, "archived");
    transfer(&admin, &room, &carol).await.expect(204);
    carol.delete(&room.path("/archive")).await.expect(204);
    transfer(&admin, &room, &carol).await.expect_problem(404, "not-found");
    let dialog = carol.confides_in(&alice).await;
    transfer(&admin, &dialog, &carol).await.expect_problem(409, "groups-only");
}

#[tokio::test]
async fn of_the_suspended_nobody_gets_a_room_and_an_administrator_gives_theirs_away() {
    let app = TestApp::without_nats().await;
    let admin = app.administrator("admin").await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
    }
    let suspension = |person: &Person| format!("/v1/users/{}/suspension", person.id);
    admin.put(&suspension(&bob), json!({})).await.expect(204);
    let head = app.head().await;
    let refused = transfer(&alice, &room, &bob).await.expect_invalid("/user_id");
    let nobody = json!({"user_id": "01890a5d-ac96-774b-bcce-b302099a8057"});
    let stranger = alice.put(&room.path("/ownership"), nobody).await.expect_invalid("/user_id");
    assert_eq!(refused.body["errors"], stranger.body["errors"]);
    assert_eq!(app.head().await, head);
    admin.delete(&suspension(&bob)).await.expect(204);
    transfer(&alice, &room, &bob).await.expect(204);

    // Now he owns it, and cannot act.
    admin.put(&suspension(&bob), json!({})).await.expect(204);
    transfer(&carol, &room, &carol).await.expect_problem(403, "not-the-owner");
    transfer(&admin, &room, &bob).await.expect_invalid("/user_id");
    transfer(&admin, &room, &carol).await.expect(204);
    admin.delete(&suspension(&bob)).await.expect(204);
    let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    transfer(&bob, &room, &bob).await.expect_problem(403, "not-the-owner");
    transfer(&admin, &room, &bob).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn nobody_gives_a_room_that_is_not_theirs_or_to_who_is_not_there() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let everything = ["manage_room", "manage_roles"];
    let role = alice.defines(&room, "Manager", 99, &everything).await;
    alice.gives(&room, &bob, &[role]).await.expect(200);
    transfer(&bob, &room, &bob).await.expect_problem(403, "not-the-owner");
    transfer(&carol, &room, &carol).await.expect_problem(404, "not-found");
    let stranger = transfer(&alice, &room, &carol).await.expect_problem(422, "invalid");
    let nobody = json!({"user_id": "01890a5d-ac96-774b-bcce-b302099a8057"});
    let nobody = alice.put(&room.path("/ownership"), nobody).await.expect_problem(422, "invalid");
    assert_eq!(stranger.body["errors"], nobody.body["errors"], "who is known is not told");
    assert_eq!(stranger.body["errors"][0]["pointer"], "/user_id");
    let stale = alice.request("PUT", &room.path("/ownership")).header("if-match", "\"v1\"");
    stale.json(&json!({"user_id": bob.id})).send().await.expect_problem(412, "version-mismatch");

    let dave = app.registers("dave").await;
    alice.adds(&room, &dave).await;
    erases(&dave).await.expect(200);
    transfer(&alice, &room, &dave).await.expect_invalid("/user_id");

    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    transfer(&alice, &room, &bob).await.expect_problem(409, "archived");
    alice.delete(&room.path("/archive")).await.expect(204);
    // An owner who is away owns it in name alone.
    alice.leaves(&room).await;
    transfer(&alice, &room, &bob).await.expect_problem(404, "not-found");
}
