//! How a process ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

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
