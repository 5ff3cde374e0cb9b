//! Turning a connection away in words.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use crate::Problem;
use crate::problem::render;

/// How long the refused client may take to read it.
const WITHIN: Duration = Duration::from_secs(2);

/// Answers 503 whatever the client asks, and closes. What it sends is read before, since closing a connection with
/// unread bytes takes the answer back.
pub(super) async fn refuse(mut stream: TcpStream, _slot: OwnedSemaphorePermit) {
    let told = async {
        let mut request = [0; 8192];
        let _ = stream.read(&mut request).await?;
        stream.write_all(&answer()).await?;
        stream.shutdown().await?;
        while stream.read(&mut request).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    // A client that does not listen is let go.
    let _ = tokio::time::timeout(WITHIN, told).await;
}

fn answer() -> Vec<u8> {
    let problem = Problem::Overloaded;
    let body = render(&problem, None);
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         retry-after: {}\r\nconnection: close\r\n\r\n",
        body.len(),
        problem.retry_after().unwrap_or_default().as_secs(),
    );
    [head.as_bytes(), &body].concat()
}
