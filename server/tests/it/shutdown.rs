//! How a process ends.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::harness::{Setup, TestApp, client};

/// A request that has begun and is not yet over.
async fn half_a_request(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    // Another one's answer: the first has been accepted by then.
    client().get(format!("{url}/healthz")).send().await.unwrap();
    stream
}

#[tokio::test]
async fn what_was_accepted_is_answered_before_the_process_ends() {
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn().await;
    let mut stream = half_a_request(&process.url).await;
    process.signal("TERM").await;
    process.says("draining connections").await;
    assert!(client().get(format!("{}/healthz", process.url)).send().await.is_err(), "nothing more is accepted");
    stream.write_all(b"host: here\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(process.ends().await.success());
    assert_eq!(process.complaints().await, Vec::<serde_json::Value>::new());
}

/// Waits until an append waits for a lock.
async fn an_append_waits(database: &mut PgConnection) {
    let waits = "select exists (select from pg_stat_activity where datname = current_database() \
         and wait_event_type = 'Lock' and query ilike 'call log.append%')";
    let deadline = Instant::now() + Duration::from_secs(10);
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *database).await.unwrap() {
        assert!(Instant::now() < deadline, "no append waits");
        // Polls what PostgreSQL says of it.
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_command_that_is_under_way_takes_effect_and_is_answered_before_the_process_ends() {
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn().await;
    let alice = process.registers("alice").await;
    let room = alice.creates_room("general").await;
    let mut holder = PgConnection::connect(&setup.superuser_url).await.unwrap();
    let mut watcher = PgConnection::connect(&setup.superuser_url).await.unwrap();
    sqlx::raw_sql("begin; select from log.head for update").execute(&mut holder).await.unwrap();
    let path = room.path("/messages");
    let ending = async {
        an_append_waits(&mut watcher).await;
        process.signal("TERM").await;
        process.says("draining connections").await;
        holder.close().await.unwrap();
    };
    let (sent, ()) = tokio::join!(alice.post(&path, json!({"text": "in time"})), ending);
    let sent = sent.expect(201);
    assert!(process.ends().await.success());
    assert_eq!(process.complaints().await, Vec::<serde_json::Value>::new());

    let next = setup.spawn().await;
    let page = alice.at(&next.url).get(&path).await.expect(200);
    assert_eq!(page.messages().iter().map(|message| message["id"].clone()).collect::<Vec<_>>(), [json!(sent.id())]);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn().await;
    let _stream = half_a_request(&process.url).await;
    process.signal("INT").await;
    process.says("draining connections").await;
    process.signal("INT").await;
    let status = timeout(Duration::from_secs(2), process.ends()).await.expect("it does not wait for anybody");
    assert_eq!(status.code(), Some(1));
}

#[tokio::test]
async fn an_application_stops_when_told_and_leaves_no_connection() {
    let app = TestApp::without_nats().await;
    app.get("/readyz").await.expect(200);
    let pool = app.pool.clone();
    app.stop().await.unwrap();
    let left = sqlx::query_scalar::<_, i64>(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'hansard%'",
    );
    // The database may be gone with its application, and its connections with it.
    assert_eq!(left.fetch_one(&pool).await.unwrap_or(0), 0);
}
