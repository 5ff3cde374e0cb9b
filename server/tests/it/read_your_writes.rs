//! Who names what they have seen is answered from no less.

use crate::harness::{Setup, TestApp};

#[tokio::test]
async fn each_write_is_seen_by_who_names_its_position() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    for number in 0..30 {
        let sent = alice.sends(&room, &number.to_string()).await;
        let path = room.path(&format!("/messages?limit=1&min_position={}", sent.position));
        let page = bob.request("GET", &path).patiently().await.expect(200);
        assert_eq!(page.items()[0]["id"], sent.id.to_string());
        assert!(page.position().unwrap() >= sent.position);
    }
    let beyond = (app.head().await + 1000).to_string();
    let answer = alice.request("GET", "/v1/rooms").header("min-event-position", beyond).send().await;
    answer.expect_problem(409, "position-unknown");
}

#[tokio::test]
async fn where_nobody_projects_queries_say_that_they_are_behind() {
    let setup = Setup::without_nats().await;
    let reader = setup.spawn_with(&["--roles=query-api"]).await;
    let writer = setup.spawn_with(&["--roles=command-api"]).await;
    let alice = writer.registers("alice").await;
    let asked = alice.at(&reader.url).request("GET", "/v1/users/me").send().await;
    assert_eq!(asked.expect_problem(503, "read-model-behind").header("retry-after"), Some("1"));
    let projector = setup.spawn_with(&["--roles=projector"]).await;
    let room = alice.creates_room("apart").await;
    alice.sends(&room, "hello").await;
    assert_eq!(alice.at(&reader.url).reads(&room).await, ["hello"]);
    drop(projector);
}
