//! The walk: from signing up to reading what was said.

use std::time::Duration;

use api_kit::Context;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Person, Setup, Spawned, TestApp};
use crate::outage::soon;

#[tokio::test]
async fn two_people_sign_up_talk_and_see_their_own_writes_at_once() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    // At once is at the first asking: nobody comes again.
    alice.sends(&room, "hello").await;
    assert_eq!(alice.reads_at_once(&room).await, ["hello"]);
    let sent = bob.sends(&room, "hello alice").await;
    assert_eq!(bob.reads_at_once(&room).await, ["hello", "hello alice"]);

    let rooms = alice.get_at_once("/v1/rooms").await.expect(200);
    assert_eq!(rooms.items().len(), 1);
    assert_eq!(rooms.items()[0]["id"], room.0.to_string());
    assert_eq!(rooms.items()[0]["name"], "general");
    assert_eq!(rooms.items()[0]["member_count"], 2);
    app.settled().await;
    assert!(app.get(&room.path("")).await.status == 401);
    assert_eq!(app.head().await, sent.position, "who reads writes nothing");
}

#[tokio::test]
async fn the_walk_needs_no_nats() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for text in ["one", "two", "three"] {
        alice.sends(&room, text).await;
    }
    assert_eq!(alice.reads_at_once(&room).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_room_that_is_there_from_one_that_is_not() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "nobody else's business").await;
    let eve = app.registers("eve").await;
    app.settled().await;
    let nowhere = crate::harness::Room("01900000-0000-7000-8000-000000000000".parse().unwrap());
    for below in ["", "/members", "/messages", &format!("/messages/{}", sent.id)] {
        let [there, not_there] = [eve.get(&room.path(below)).await, eve.get(&nowhere.path(below)).await]
            .map(|answer| answer.expect_problem(404, "not-found"))
            .map(|mut answer| {
                answer.body["request_id"].take();
                answer.body
            });
        assert_eq!(there, not_there);
    }
}

/// How many events a process's projector has had from NATS, once it follows that and has come to a position.
async fn had_from_nats(reading: &Spawned, position: i64) -> i64 {
    let follows = async || {
        reading.figure(r#"hansard_follow_from_stream{follower="projector"}"#).await == Some(1)
            && reading.figure("hansard_projector_position").await >= Some(position)
    };
    soon("the projector has it, and follows NATS", follows).await;
    let events = reading.figure(r#"hansard_follow_events_total{follower="projector",source="stream"}"#);
    events.await.unwrap_or(0)
}

/// Makes a room in a trace, of which the projector has each event from NATS. Which trace, and the position of the last
/// event.
async fn traced_by_way_of_nats(alice: &Person, reading: &Spawned) -> (String, i64) {
    let room = json!({"type": "group", "name": "traced"});
    let mut last = alice.post("/v1/rooms", room.clone()).await.expect(201).position().unwrap();
    // Whoever is slow for a moment has an event from PostgreSQL: then another room is made.
    loop {
        let before = had_from_nats(reading, last).await;
        let trace = Context::ambient().new_id().simple().to_string();
        let making =
            alice.request("POST", "/v1/rooms").header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
        let made = making.json(&room).send().await.expect(201).position().unwrap();
        if had_from_nats(reading, made).await - before == made - last {
            return (trace, made);
        }
        last = made;
    }
}

#[tokio::test]
async fn a_trace_goes_from_the_request_by_way_of_nats_to_the_projection() {
    let setup = Setup::new().await.flag("--log=info,api_kit=debug,event_store=debug,nats=debug,projector=debug");
    let mut writing = setup.spawn_with(&["--roles=command-api,relay"]).await;
    let mut reading = setup.spawn_with(&["--roles=projector"]).await;
    let alice = writing.registers("alice").await;
    let traced = timeout(Duration::from_mins(1), traced_by_way_of_nats(&alice, &reading));
    let (trace, made) = traced.await.expect("the projector has events from NATS");
    let within = |line: &Value, span: &str| {
        let is_it = |one: &Value| one["name"] == span && one["trace.id"] == trace;
        line["spans"].as_array().is_some_and(|spans| spans.iter().any(is_it))
    };
    for (message, span) in [("decided", "decide"), ("appended", "log.append"), ("answered", "http")] {
        let line = writing.tells(|line| line["message"] == message && within(line, span)).await;
        assert!(within(&line, "http"), "{message} lies in the request: {line}");
        assert!(message != "appended" || line["event.position"] == made, "the place of the last event: {line}");
    }
    let of_it = |line: &Value| line["trace.id"] == trace && line["event.position"] == made;
    let published = writing.tells(|line| line["message"] == "relay.publish" && of_it(line)).await;
    let projected = reading.tells(|line| line["message"] == "projected" && of_it(line)).await;
    assert!(published["traceparent"].as_str().is_some_and(|part| part.contains(&trace)), "{published}");
    assert_eq!(projected["traceparent"], published["traceparent"], "the part that the command is of");
}
