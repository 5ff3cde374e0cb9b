//! `hansard projections` beside the rest: how far read models are, and streams that could not be projected.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::{Instant, sleep};

use crate::erasures::verified;
use crate::harness::{Setup, TestApp};

/// How long something may take that is waited for.
const WITHIN: Duration = Duration::from_secs(20);

/// What a command of the binary says, and its exit code.
async fn says(setup: &Setup, arguments: &[&str]) -> (String, Option<i32>) {
    let output = setup.command(arguments.iter().copied()).await;
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.code())
}

async fn execute(app: &TestApp, sql: &str) {
    sqlx::raw_sql(sql).execute(&app.pool).await.unwrap();
}

#[tokio::test]
async fn a_parked_account_is_gone_through_again_where_it_stands() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    app.settled().await;
    execute(&app, "alter table read_v1.account add constraint known check (display_name <> 'mallory')").await;
    for name in ["mallory", "robert"] {
        bob.patch("/v1/users/me", json!({"display_name": name})).await.expect(200);
    }
    app.settled().await;
    let stream = format!("user-{}", bob.id);
    let (status, code) = says(&app.setup, &["projections", "status"]).await;
    assert_eq!(code, Some(1), "{status}");
    assert!(status.contains(&format!("parked     {stream} at 2 (user_renamed, position ")), "{status}");
    assert!(status.contains("the database refuses its rows with 23514; 1 later events wait"), "{status}");

    let (still, code) = says(&app.setup, &["projections", "unpark", &stream]).await;
    assert_eq!(code, Some(1));
    assert!(still.contains(&format!("{stream} stays parked at 2 (position ")), "{still}");
    let (other, code) = says(&app.setup, &["projections", "unpark", &format!("user-{}", alice.id)]).await;
    assert_eq!((code, other.contains("is not parked")), (Some(1), true), "{other}");

    execute(&app, "alter table read_v1.account drop constraint known").await;
    assert_eq!(
        says(&app.setup, &["projections", "unpark", &stream]).await,
        (format!("{stream}: 2 events projected\n"), Some(0))
    );
    let name = async || alice.get(&format!("/v1/users/{}", bob.id)).await.expect(200).body["display_name"].clone();
    assert_eq!(name().await, "robert");
    // Whoever projects has it parked no longer.
    bob.patch("/v1/users/me", json!({"display_name": "bob"})).await.expect(200);
    app.settled().await;
    assert_eq!(name().await, "bob");
    assert_eq!(says(&app.setup, &["projections", "status"]).await.1, Some(0));
    verified(&app.setup).await;
}

#[tokio::test]
async fn what_has_its_place_among_others_is_unparked_by_a_rebuild() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    app.settled().await;
    execute(&app, "alter table read_v1.message add constraint fit check (text <> 'unfit')").await;
    let sent = alice.sends(&room, "unfit").await;
    alice.sends(&room, "after").await;
    app.settled().await;
    assert_eq!(alice.reads(&room).await, ["after"]);
    let stream = format!("message-{}", sent.id);
    let (still, code) = says(&app.setup, &["projections", "unpark", &stream]).await;
    assert_eq!(code, Some(1));
    assert!(still.contains(&format!("{stream} stays parked at 1 (position {})", sent.position)), "{still}");
    execute(&app, "alter table read_v1.message drop constraint fit").await;
    let (unparked, code) = says(&app.setup, &["projections", "unpark", &stream]).await;
    assert_eq!(code, Some(0), "{unparked}");
    assert!(unparked.starts_with("generation 2 serves"), "{unparked}");
    assert_eq!(alice.reads(&room).await, ["unfit", "after"]);
    verified(&app.setup).await;
}

#[tokio::test]
async fn status_tells_what_is_behind_and_for_how_long() {
    let setup = Setup::without_nats().await;
    let all = setup.spawn().await;
    let alice = all.registers("alice").await;
    drop(all);
    let edges = setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let alice = alice.at(&edges.url);
    let room = alice.creates_room("general").await;
    alice.sends(&room, "nobody projects this").await;
    // As if the first event that they lack had been there for an hour; those after it have for moments.
    let mut superuser = PgConnection::connect(&setup.superuser_url).await.unwrap();
    superuser.execute("set session_replication_role = replica").await.unwrap();
    let aged = "update log.events set recorded_at = recorded_at - interval '1 hour' \
                where position = (select position + 1 from read.checkpoint)";
    assert_eq!(superuser.execute(aged).await.unwrap().rows_affected(), 1);
    let (status, code) = says(&setup, &["projections", "status"]).await;
    assert_eq!(code, Some(0), "{status}");
    let told: Vec<&str> = status.split_whitespace().collect();
    let at = told.iter().position(|word| *word == "position").unwrap();
    let [position, head] = [told[at + 1], told[at + 3]].map(|number| number.parse::<i64>().unwrap());
    assert!(head > position && status.contains(&format!("behind     {} events, ", head - position)), "{status}");
    let at = told.iter().position(|word| *word == "events,").unwrap();
    let (seconds, unit) = (told[at + 1].parse::<f64>().unwrap(), told[at + 2]);
    assert!((3600.0..7200.0).contains(&seconds) && unit == "s", "{status}");
    assert!(status.contains("moves      not at all"), "{status}");
    drop(edges);
}

#[tokio::test]
async fn status_tells_how_far_a_rebuild_is() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "said").await;
    app.settled().await;
    let head = app.head().await;
    // Holds the serving generation where it is: the rebuild waits for it in the end.
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    let mut holding = holder.begin().await.unwrap();
    sqlx::query("select from projection.checkpoint where generation = 1 for update")
        .execute(&mut *holding)
        .await
        .unwrap();
    let mut rebuild = app.setup.process(["projections", "rebuild"]).spawn().unwrap();
    let (told, deadline) = (format!("generation 2 is filling, at {head} of {head}: "), Instant::now() + WITHIN);
    loop {
        let (status, _) = says(&app.setup, &["projections", "status"]).await;
        if status.contains(&format!("{told}0 events/s, 0 s left")) {
            break;
        }
        assert!(Instant::now() < deadline, "{status}");
        // Polls as an operator would.
        sleep(Duration::from_millis(20)).await;
    }
    holding.rollback().await.unwrap();
    assert!(rebuild.wait().await.unwrap().success());
    let (status, code) = says(&app.setup, &["projections", "status"]).await;
    assert_eq!(code, Some(0));
    assert!(status.contains("generation 1 is retired"), "{status}");

    // And back.
    alice.sends(&room, "since").await;
    let (back, code) = says(&app.setup, &["projections", "rollback"]).await;
    assert_eq!(code, Some(0), "{back}");
    assert!(back.starts_with(&format!("generation 1 serves, at position {}", app.head().await)), "{back}");
    assert!(back.contains("generation 2 is kept"), "{back}");
    assert_eq!(alice.reads(&room).await, ["said", "since"]);
    alice.sends(&room, "and on").await;
    app.settled().await;
    assert_eq!(alice.reads(&room).await, ["said", "since", "and on"]);
    verified(&app.setup).await;
}
