//! A broker that is away, wiped or behind, and a log that was restored from an older copy.

use std::time::Duration;

use client::Place;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::audit::{auditor, audits};
use crate::canary::dump;
use crate::erasures::verified;
use crate::files::holds;
use crate::harness::{Broker, Cluster, Listener, Person, Setup, TestApp, kinds};
use crate::outage::soon;

/// How long a query may lag behind while there is no broker.
const LAG: Duration = Duration::from_secs(1);

#[tokio::test]
async fn without_the_broker_all_goes_on_and_a_wiped_one_is_filled_again() {
    let mut app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "before").await;
    app.settled().await;

    let broker = app.setup.broker.as_mut().unwrap();
    broker.kill().await;
    for number in 0..20 {
        let text = format!("while it is away {number}");
        alice.sends(&room, &text).await;
        let started = Instant::now();
        app.settled().await;
        assert!(started.elapsed() < LAG, "message {number} took {:?} to be seen", started.elapsed());
        assert_eq!(alice.reads_at_once(&room).await.last(), Some(&text));
    }
    let broker = app.setup.broker.as_mut().unwrap();
    broker.wipe();
    broker.restart().await;
    for number in 0..20 {
        alice.sends(&room, &format!("afterwards {number}")).await;
    }
    app.settled().await;
    assert_eq!(alice.reads(&room).await.len(), 41);
    relayed_to_the_end(&app).await;
}

#[tokio::test]
async fn where_no_broker_knows_the_operator_says_that_the_log_was_restored() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "before").await;
    app.settled().await;
    let origin = "select origin::text from log.head";
    let before: String = sqlx::query_scalar(origin).fetch_one(&app.pool).await.unwrap();
    let told = app.setup.command(["restored"]).await;
    assert!(told.status.success(), "{told:?}");
    let expected = format!("epoch 2 begins after position {}\n", app.head().await);
    assert_eq!(String::from_utf8(told.stdout).unwrap(), expected);
    assert_ne!(sqlx::query_scalar::<_, String>(origin).fetch_one(&app.pool).await.unwrap(), before);
    let mut listener = alice.listens_since(sent.position).await;
    assert_eq!(listener.hears_of("reset").await["epoch"], 2);
    // All goes on in it.
    alice.sends(&room, "after").await;
    app.settled().await;
    assert_eq!(alice.reads(&room).await, ["before", "after"]);
}

#[tokio::test]
async fn a_broker_wiped_while_nobody_speaks_is_told_to_be_up_to_date() {
    let mut app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let broker = app.setup.broker.as_mut().unwrap();
    broker.kill().await;
    alice.sends(&room, "while it is away").await;
    let broker = app.setup.broker.as_mut().unwrap();
    broker.wipe();
    broker.restart().await;
    relayed_to_the_end(&app).await;
}

/// Waits until the relay has published all there is.
async fn relayed_to_the_end(app: &TestApp) {
    let relayed = async {
        loop {
            let metrics = app.metrics().await;
            let line = metrics.lines().find(|line| line.starts_with("hansard_relay_position"));
            let position = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
            #[expect(clippy::cast_precision_loss, reason = "a test's positions are small")]
            let head = app.head().await as f64;
            if position.is_some_and(|position| position >= head) {
                return;
            }
            // Polls as a monitoring system would.
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_mins(1), relayed).await.expect("the relay catches up");
}

/// Who was told what is lost must fetch anew, though the log has come as far again; who heard of the new epoch goes on.
async fn streams_go_on_in_the_new_epoch_alone(app: &TestApp, alice: &Person, lost: i64) {
    let mut before = alice.listens().await;
    while before.connection.since().unwrap().epoch == 1 {
        // It is told of it soon, as who is connected is.
        before = alice.listens().await;
    }
    before.until(app.head().await).await;
    let place = before.connection.since().unwrap();
    let mut theme = 0;
    while theme < 3 || app.head().await <= lost {
        theme += 1;
        alice.request("PUT", "/v1/users/me/settings").json(&json!({"theme": theme})).send().await.expect(204);
    }
    let head = app.head().await;
    assert_eq!(kinds(&before.until(head).await), vec!["settings_updated"; theme]);
    let reset = alice.listens_since(lost).await.hears_of("reset").await;
    assert_eq!(reset["epoch"], 2);
    assert_eq!(kinds(&Listener::open(alice, Some(place)).await.until(head).await), vec!["settings_updated"; theme]);
    let place = Place { epoch: 3, ..place };
    Listener::open(alice, Some(place)).await.hears_of("reset").await;
}

/// The ids of what happened after a position: those of events, and of messages that were sent.
async fn ids_after(app: &TestApp, position: i64) -> Vec<String> {
    let ids = "select event_id::text from log.events where position > $1 union all \
               select aggregate_id from log.events where position > $1 and event_type = 'message_sent'";
    sqlx::query_scalar(ids).bind(position).fetch_all(&app.pool).await.unwrap()
}

/// How many messages somebody finds, without saying what they saw before: it may be lost.
async fn found(person: &Person, word: &str) -> usize {
    person.request("GET", &format!("/v1/search?q={word}")).send().await.expect(200).items().len()
}

/// Fails if one of these ids is in the log, a read model or anything else of the database, an auditor's export or the
/// broker's store; or if read models or the broker's stream are other than the log.
async fn gone_everywhere(app: &TestApp, auditor: &Person, lost: &[String]) {
    app.settled().await;
    verified(&app.setup).await;
    let kept = ids_after(app, 0).await;
    let export = audits(auditor, "", "application/x-ndjson").await.expect(200).text;
    let database = dump(&app.setup.superuser_url).await;
    for (place, text) in [("the export", export), ("the database", database)] {
        assert!(kept.iter().all(|id| text.contains(id)), "{place} is not whole");
        assert_eq!(lost.iter().find(|id| text.contains(*id)), None, "{place} holds what is lost");
    }
    relayed_to_the_end(app).await;
    let broker = app.setup.broker.as_ref().unwrap();
    let (base, held) = broker.stream().await;
    assert_eq!(base + held, app.head().await, "the stream holds the log to its end");
    // It writes and removes files in its own time.
    let (store, streamed) = (broker.store(), ids_after(app, base).await);
    soon("the broker stores what is new", async || streamed.iter().all(|id| holds(&store, id))).await;
    soon("the broker forgets what is lost", async || !lost.iter().any(|id| holds(&store, id))).await;
}

#[tokio::test]
async fn a_log_restored_from_an_older_copy_begins_a_new_epoch_without_the_lost_events() {
    let cluster = Cluster::start().await;
    let app = Setup::on_cluster(&cluster).await.with_broker(Broker::start().await).start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let ada = auditor(&app).await;
    alice.sends(&room, "kept").await;
    app.settled().await;
    relayed_to_the_end(&app).await;
    let kept = app.head().await;
    cluster.stop().await;
    let copy = cluster.copy().await;
    cluster.run().await;
    let lost = timeout(Duration::from_secs(30), async {
        loop {
            let answer =
                alice.request("POST", &room.path("/messages")).json(&serde_json::json!({"text": "lost"})).send().await;
            if answer.status == 201 {
                return answer.position().unwrap();
            }
            assert_eq!(answer.status, 503, "{}", answer.text);
            // Polls like a client that is told to retry.
            sleep(Duration::from_millis(50)).await;
        }
    });
    let lost = lost.await.expect("the log comes back");
    app.settled().await;
    relayed_to_the_end(&app).await;
    let ids = ids_after(&app, kept).await;
    assert!(found(&alice, "lost").await > 0);
    let store = app.setup.broker.as_ref().unwrap().store();
    soon("the broker stores it", async || ids.iter().all(|id| holds(&store, id))).await;

    cluster.stop().await;
    cluster.restore(&copy).await;
    cluster.run().await;

    let epoch = timeout(Duration::from_secs(30), async {
        loop {
            let epoch = sqlx::query_scalar::<_, i32>("select epoch from log.head").fetch_one(&app.pool).await;
            if let Ok(epoch) = epoch
                && epoch > 1
            {
                return epoch;
            }
            // Polls for what the relay finds out.
            sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(epoch.await.expect("the relay sees it"), 2);
    assert!(app.head().await < lost, "what came after the copy is gone");
    let unknown = alice.request("GET", &room.path(&format!("/messages?min_position={}", lost + 1000))).send().await;
    unknown.expect_problem(409, "position-unknown");
    for number in 0..3 {
        let answer =
            alice.request("POST", &room.path("/messages")).json(&serde_json::json!({"text": format!("new {number}")}));
        answer.send().await.expect(201);
    }
    app.settled().await;
    let page = alice.request("GET", &room.path("/messages")).send().await.expect(200);
    let texts = page.items().iter().map(|message| message["data"]["text"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(texts, ["kept", "new 0", "new 1", "new 2"]);
    streams_go_on_in_the_new_epoch_alone(&app, &alice, lost).await;
    assert_eq!((found(&alice, "kept").await, found(&alice, "lost").await), (1, 0));
    gone_everywhere(&app, &ada, &ids).await;
}
