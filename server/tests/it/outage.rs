//! What goes on, and how it is told, while something else is away.

use std::time::Duration;

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
    for _ in 0..2 {
        becomes(&app, 200).await;
        cluster.kill().await;
        becomes(&app, 503).await;
        app.get("/healthz").await.expect(200);
        cluster.run().await;
    }
    becomes(&app, 200).await;
}
