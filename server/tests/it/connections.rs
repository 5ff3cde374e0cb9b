//! How many connections there may be, by the settings.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::Setup;

#[tokio::test]
async fn past_the_most_connections_whoever_comes_is_told_to_come_again() {
    let app = Setup::without_nats().await.flag("--max-connections=2").start().await;
    let address = app.url.trim_start_matches("http://");
    // They say nothing, and are accepted in the order in which they came.
    let (one, _two) = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    let refused = app.get("/healthz").await.expect_problem(503, "overloaded");
    assert!(refused.header("retry-after").is_some());

    drop(one);
    let answered = async {
        // The place is free a moment after its connection is gone.
        while app.get("/healthz").await.status != 200 {}
    };
    timeout(Duration::from_secs(10), answered).await.expect("there is room again");
}
