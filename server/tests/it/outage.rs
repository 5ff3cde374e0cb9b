//! What goes on, and how it is told, while something else is away.

use std::time::Duration;

use api_kit::Context;
use serde_json::json;
use tokio::time::sleep;

use crate::harness::{Cluster, Setup, TestApp};

async fn becomes(app: &TestApp, status: u16) {
    for _ in 0..400 {
        if app.get("/readyz").await.status == status {
            return;
        }
        // Polls like whoever asks `/readyz`.
        sleep(Duration::from_millis(25)).await;
    }
    panic!("/readyz does not become {status}: {}", app.get("/readyz").await.text);
}

#[tokio::test]
async fn a_postgresql_that_is_killed_is_waited_for() {
    let cluster = Cluster::start().await;
    let app = Setup::on_cluster(&cluster).await.start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for round in 0..2 {
        becomes(&app, 200).await;
        cluster.kill().await;
        becomes(&app, 503).await;
        app.get("/healthz").await.expect(200);
        let sending = alice.post(&room.path("/messages"), json!({"text": "into the void"})).await;
        let listing = alice.get(&room.path("/messages")).await;
        for answer in [sending, listing] {
            assert!(answer.header("retry-after").is_some());
            answer.expect_problem(503, "unavailable");
        }
        cluster.run().await;
        becomes(&app, 200).await;
        alice.sends(&room, &format!("after outage {round}")).await;
    }
    assert_eq!(alice.reads(&room).await.last().unwrap(), "after outage 1");
}

#[tokio::test]
async fn a_postgresql_that_says_nothing_is_not_waited_for_without_end() {
    let cluster = Cluster::start().await;
    let setup = Setup::on_cluster(&cluster).await;
    let mut server = setup.spawn().await;
    let alice = server.registers("alice").await;
    let room = alice.creates_room("general").await;
    cluster.freeze();
    let (path, message) = (room.path("/messages"), json!({"id": Context::ambient().new_id(), "text": "once"}));
    let (sending, listing) = tokio::join!(alice.post(&path, message.clone()), alice.get(&path));
    for answer in [sending, listing] {
        assert!(answer.header("retry-after").is_some());
        answer.expect_problem(503, "unavailable");
    }
    cluster.thaw();
    alice.post(&path, message).await.expect(201);
    assert_eq!(alice.reads(&room).await, ["once"]);
    cluster.freeze();
    server.signal("TERM").await;
    assert!(server.ends().await.success());
}

#[tokio::test]
async fn a_nats_that_is_away_is_told_and_changes_nothing_else() {
    let mut app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let nats = async |app: &TestApp| {
        let ready = app.get("/readyz").await.expect(200);
        let checks = ready.body["checks"].as_array().unwrap().iter().cloned();
        checks.filter(|check| check["name"] == "nats").map(|check| check["status"].clone()).next().unwrap()
    };
    let becomes = async |app: &TestApp, status: &str| {
        while nats(app).await != status {
            // Polls like whoever asks `/readyz`.
            sleep(Duration::from_millis(25)).await;
        }
    };
    becomes(&app, "ready").await;
    app.setup.broker.as_mut().unwrap().kill().await;
    becomes(&app, "degraded").await;
    alice.sends(&room, "without it").await;
    assert_eq!(alice.reads(&room).await, ["without it"]);
    app.setup.broker.as_mut().unwrap().restart().await;
    becomes(&app, "ready").await;
}
