//! Roles apart: what one process does alone, several do together.

use crate::harness::{Setup, TestApp};

#[tokio::test]
async fn writers_and_readers_work_together_from_processes_of_their_own() {
    let setup = Setup::new().await;
    let writer = setup.spawn_with(&["--roles=command-api,relay"]).await;
    let reader = setup.spawn_with(&["--roles=projector,query-api"]).await;
    let alice = writer.registers("alice").await;
    let room = alice.creates_room("apart").await;
    alice.sends(&room, "written there").await;
    assert_eq!(alice.at(&reader.url).reads(&room).await, ["written there"]);

    alice.get(&room.path("")).await.expect_problem(405, "method-not-allowed");
    let sending = alice.at(&reader.url).post(&room.path("/messages"), serde_json::json!({"text": "no"})).await;
    sending.expect_problem(405, "method-not-allowed");
}

#[tokio::test]
async fn of_two_of_each_one_leads_and_the_other_takes_over() {
    let setup = Setup::new().await;
    let mut first = setup.spawn().await;
    let second = setup.spawn().await;
    let alice = first.registers("alice").await;
    let room = alice.creates_room("twice").await;
    alice.sends(&room, "by the first").await;
    let alice_there = alice.at(&second.url);
    alice_there.sends(&room, "by the second").await;
    assert_eq!(alice_there.reads(&room).await, ["by the first", "by the second"]);
    first.kill().await;
    alice_there.sends(&room, "by who is left").await;
    // The other projector must first notice that it is alone.
    assert_eq!(alice_there.reads(&room).await, ["by the first", "by the second", "by who is left"]);
}

#[tokio::test]
async fn a_process_without_an_edge_tells_how_it_is() {
    let app = Setup::new().await.flag("--roles=relay,projector").start().await;
    let ready = app.get("/readyz").await.expect(200);
    assert!(ready.text.contains("nats"), "{}", ready.text);
    app.get("/v1/rooms").await.expect_problem(404, "not-found");
    app.stop().await.unwrap();
    let app = TestApp::without_nats().await;
    assert!(!app.get("/readyz").await.expect(200).text.contains("nats"));
}
