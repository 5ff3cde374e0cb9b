//! Who names what they have seen is answered from no less.

use std::time::Duration;

use tokio::time::timeout;

use crate::harness::{Setup, TestApp};

/// Far longer than a query waits for the read models.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn each_write_is_seen_by_who_names_its_position() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    for number in 0..30 {
        let sent = alice.sends(&room, &number.to_string()).await;
        let path = room.path(&format!("/messages?limit=1&min_position={}", sent.position));
        // Asked once: who comes again is not seen to have waited for long.
        let page = bob.request("GET", &path).send().await.expect(200);
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

#[tokio::test]
async fn a_query_that_names_more_than_is_projected_does_not_wait_for_ever_and_says_when_to_come_again() {
    let setup = Setup::without_nats().await;
    let edges = setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let mut projector = setup.spawn_with(&["--roles=projector"]).await;
    let alice = edges.registers("alice").await;
    let room = alice.creates_room("general").await;
    assert!(alice.reads(&room).await.is_empty());
    projector.kill().await;
    let sent = alice.sends(&room, "not yet seen").await;
    let (path, position) = (room.path("/messages"), sent.position.to_string());
    let asks = || alice.request("GET", &path).header("min-event-position", &position);

    let behind = timeout(LONG, asks().send()).await.expect("it does not wait for ever");
    assert_eq!(behind.expect_problem(503, "read-model-behind").header("retry-after"), Some("1"));
    // Who names nothing is told what there is, and as of when.
    let page = alice.request("GET", &path).send().await.expect(200);
    assert!(page.messages().is_empty() && page.position().unwrap() < sent.position, "{}", page.text);

    let _projector = setup.spawn_with(&["--roles=projector"]).await;
    let page = asks().patiently().await.expect(200);
    assert_eq!(page.messages()[0]["id"], sent.id.to_string());
}
