//! `hansard replay`: read models as they were, beside those that serve.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::erasures::{erases, finished, verified};
use crate::harness::{Person, Room, TestApp};
use crate::past_instance::looks;

/// Tables whose rows a story compares, with what puts them in order.
const TABLES: [(&str, &str); 8] = [
    ("account", "id"),
    ("room", "id"),
    ("room_activity", "room_id"),
    ("membership", "room_id, user_id"),
    ("message", "position"),
    ("message_version", "message_id, version"),
    ("reaction_count", "message_id, emoji"),
    ("search_segment", "first_position"),
];

/// The rows of these tables in a schema, as text.
async fn rows(pool: &PgPool, schema: &str) -> Vec<Vec<String>> {
    let mut all = vec![];
    for (table, order) in TABLES {
        let sql = format!("select t::text from {schema}.{table} t order by {order}");
        all.push(sqlx::query_scalar(&sql).fetch_all(pool).await.unwrap());
    }
    all
}

/// Replays, and what it said.
async fn replays(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.setup.command(["replay", "--reason", "case 3"].iter().chain(arguments).copied()).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn refuses(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.setup.command(["replay", "--reason", "case 3"].iter().chain(arguments).copied()).await;
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

async fn a_while_goes_by(alice: &Person, bob: &Person, room: &Room) {
    let sent = alice.sends(room, "of alice").await;
    alice.adds(room, bob).await;
    bob.put(&room.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    bob.sends(room, "of bob").await;
    alice.patch(&room.message(&sent, ""), json!({"text": "of alice, reworded"})).await.expect(200);
}

#[tokio::test]
async fn what_was_is_made_again_in_a_schema_of_its_own() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    a_while_goes_by(&alice, &bob, &room).await;
    app.settled().await;
    let (then, was) = (app.head().await, rows(&app.pool, "read").await);

    let page = alice.get(&room.path("/messages")).await.expect(200);
    for message in page.messages() {
        alice.delete(&room.path(&format!("/messages/{}", message["id"].as_str().unwrap()))).await;
    }
    alice.patch("/v1/users/me", json!({"display_name": "Alice the Second"})).await.expect(200);
    alice.removes(&room, &bob).await;
    app.settled().await;
    assert_ne!(rows(&app.pool, "read").await, was);

    let head = app.head().await;
    let said = replays(&app, &["--until", &then.to_string()]).await;
    assert!(said.starts_with(&format!("schema past_{then} shows generation 2, as of position {then}\n")), "{said}");
    assert_eq!(rows(&app.pool, &format!("past_{then}")).await, was);
    let record: String = sqlx::query_scalar("select payload->>'what' from log.events where position = $1")
        .bind(head + 1)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(record, format!("hansard replay, {}", json!({"until": then})));

    // Again under another name, then in the place of what had it.
    replays(&app, &["--until", &then.to_string(), "--schema", "past_case"]).await;
    assert_eq!(rows(&app.pool, "past_case").await, was);
    replays(&app, &["--until", "1", "--schema", "past_case"]).await;
    assert_eq!(rows(&app.pool, "past_case").await.concat().len(), 1, "the registration of alice");
    let status = app.setup.command(["projections", "status"]).await;
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains(&format!("generation 2 is past, at {then}\n")), "{status}");
    verified(&app.setup).await;

    let dropped = app.setup.command(["projections", "drop", "2"]).await;
    assert!(dropped.status.success(), "{dropped:?}");
    let left: Vec<String> = sqlx::query_scalar("select nspname::text from pg_namespace where nspname like 'past%'")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert_eq!(left, ["past_case"]);
}

/// Of files of alice's, one stays in the room, one went with its message, one was forwarded into it, one never came.
async fn files_come_and_go(alice: &Person, carol: &Person, room: &Room, other: &Room) {
    carol.adds(other, alice).await;
    let (stays, goes) = (alice.uploads("stays.txt", "stays").await, alice.uploads("goes.txt", "goes").await);
    alice.sends_files(room, "", &[stays]).await;
    let sent = alice.sends_files(room, "", &[goes]).await;
    alice.delete(&room.message(&sent, "")).await.expect(204);
    alice.put(&format!("/v1/files/{stays}/permissions/users/{}", carol.id), json!({})).await.expect(204);
    let elsewhere = alice.sends_files(other, "", &[alice.uploads("forwarded.txt", "forwarded").await]).await;
    alice.post(&other.message(&elsewhere, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
}

#[tokio::test]
async fn of_one_room_nothing_else_is_made() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    a_while_goes_by(&alice, &bob, &room).await;
    let other = carol.creates_room("elsewhere").await;
    carol.sends(&other, "of carol").await;
    files_come_and_go(&alice, &carol, &room, &other).await;
    app.settled().await;
    let then = app.head().await.to_string();
    replays(&app, &["--until", &then, "--room", &room.0.to_string(), "--schema", "past_room"]).await;
    let parked: i64 = sqlx::query_scalar("select count(*) from projection.parked").fetch_one(&app.pool).await.unwrap();
    assert_eq!(parked, 0);
    for (table, id) in [("file", "id"), ("file_permission", "file_id")] {
        let all = async |sql: &str| -> Vec<String> { sqlx::query_scalar(sql).fetch_all(&app.pool).await.unwrap() };
        let came = format!("{id} in (select file_id from read.file_permission where grantee_id = '{}')", room.0);
        let served = all(&format!("select t::text from read.{table} t where {came} order by 1")).await;
        assert_eq!(all(&format!("select t::text from past_room.{table} t order by 1")).await, served, "{table}");
        assert!(served.len() >= 3, "{table}: {served:?}");
    }
    let people: Vec<Uuid> =
        sqlx::query_scalar("select id from past_room.account order by id").fetch_all(&app.pool).await.unwrap();
    let mut expected = [alice.id, bob.id];
    expected.sort();
    assert_eq!(people, expected);
    let of =
        |schema: &str| format!("select m::text from {schema}.message m where room_id = '{}' order by position", room.0);
    let served: Vec<String> = sqlx::query_scalar(&of("read")).fetch_all(&app.pool).await.unwrap();
    let made: Vec<String> = sqlx::query_scalar("select m::text from past_room.message m order by position")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert_eq!(made, served);
    assert!(!made.is_empty());
}

#[tokio::test]
async fn what_is_erased_is_not_made_again_and_what_is_erased_later_is_purged() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    a_while_goes_by(&alice, &bob, &room).await;
    let then = app.head().await.to_string();
    let texts = async |schema: &str| -> Vec<String> {
        let sql = format!("select text from {schema}.message where text is not null order by position");
        sqlx::query_scalar(&sql).fetch_all(&app.pool).await.unwrap()
    };
    replays(&app, &["--until", &then, "--schema", "past_before"]).await;
    assert_eq!(texts("past_before").await, ["of alice, reworded", "of bob"]);
    let receipt = erases(&bob).await.expect(200);
    finished(&alice, &receipt).await;
    assert_eq!(texts("past_before").await, ["of alice, reworded"]);
    replays(&app, &["--until", &then, "--schema", "past_after"]).await;
    assert_eq!(rows(&app.pool, "past_after").await, rows(&app.pool, "past_before").await);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused() {
    let app = TestApp::without_nats().await;
    app.registers("alice").await;
    app.settled().await;
    let beyond = refuses(&app, &["--until", "1000000"]).await;
    assert!(beyond.contains("position 1000000 is beyond the log's end"), "{beyond}");
    for wrong in ["-1", "yesterday", "", "9999-12-31T23:59:59-01:00"] {
        assert!(
            refuses(&app, &[&format!("--until={wrong}")]).await.contains("neither a position nor a time"),
            "{wrong}"
        );
    }
    assert!(refuses(&app, &["--until", "1", "--schema", "read"]).await.contains("must be past_"));
}

#[tokio::test]
async fn whoever_gives_no_reason_makes_nothing() {
    let app = TestApp::without_nats().await;
    app.registers("alice").await;
    let head = app.head().await;
    for (arguments, why) in [
        (vec!["replay", "--until", "1"], "--reason <TEXT>"),
        (vec!["replay", "--until", "1", "--reason", ""], "--reason"),
        (vec!["replay", "--until", "1", "--reason", " "], "--reason"),
    ] {
        let refused = app.setup.command(arguments).await;
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(why), "{told}");
    }
    assert_eq!(app.head().await, head, "nothing is on record");
}

#[tokio::test]
async fn what_is_replayed_is_on_record_in_the_form_of_other_looks() {
    let app = TestApp::without_nats().await;
    let (_, room) = app.member_of_a_room("alice").await;
    app.settled().await;
    let id = room.0.to_string();
    replays(&app, &["--until=2999-01-01T02:30:00.50+02:30", "--room", &id, "--schema=past_bob"]).await;
    // A name that somebody chose may be anybody's.
    let asked = json!({"room": id, "schema": "*", "until": "2999-01-01T00:00:00.5Z"});
    assert_eq!(looks(&app).await, [format!("hansard replay, {asked}")]);
}

#[tokio::test]
async fn a_time_names_a_position() {
    let app = TestApp::without_nats().await;
    app.registers("alice").await;
    app.settled().await;
    let said = replays(&app, &["--until", "2000-01-01T00:00:00Z"]).await;
    assert!(said.contains("as of position 0\n"), "{said}");
    let head = app.head().await;
    let said = replays(&app, &["--until", "2999-01-01T00:00:00Z", "--schema", "past_all"]).await;
    assert!(said.contains(&format!("as of position {head}\n")), "{said}");
}
