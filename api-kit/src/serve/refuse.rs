//! Turning a connection away in words.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use crate::problem::render;
use crate::request::{REQUEST_ID, named};
use crate::{Context, Problem};

/// How long the refused client may take to ask and to read it.
const WITHIN: Duration = Duration::from_secs(2);

/// Most bytes of a request's head that are looked at for its id.
const HEAD: usize = 8192;

/// Answers 503 whatever the client asks, and closes. What it sends is read before, since closing a connection with
/// unread bytes takes the answer back.
pub(super) async fn refuse(mut stream: TcpStream, context: Context, _slot: OwnedSemaphorePermit) {
    let told = async {
        let (mut request, mut read) = ([0; HEAD], 0);
        while read < HEAD && !is_whole(&request[..read]) {
            match stream.read(&mut request[read..]).await? {
                0 => break,
                more => read += more,
            }
        }
        let request_id = named(given(&request[..read]), &context);
        debug!(request.id = request_id, "a connection was refused");
        stream.write_all(&answer(&request_id)).await?;
        stream.shutdown().await?;
        while stream.read(&mut request).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    // A client that does not listen is let go.
    let _ = tokio::time::timeout(WITHIN, told).await;
}

/// Whether all of the head is there.
fn is_whole(head: &[u8]) -> bool {
    lines(head).any(<[u8]>::is_empty)
}

/// The id that a request came with.
fn given(head: &[u8]) -> Option<&str> {
    lines(head).take_while(|line| !line.is_empty()).find_map(id)
}

/// The id, if this is the header that has it.
fn id(line: &[u8]) -> Option<&str> {
    let (name, value) = str::from_utf8(line).ok()?.split_once(':')?;
    name.eq_ignore_ascii_case(REQUEST_ID).then(|| value.trim())
}

/// The lines whose ends are there, without them.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ended = head.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    ended.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn answer(request_id: &str) -> Vec<u8> {
    let problem = Problem::Overloaded;
    let body = render(&problem, Some(request_id));
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         retry-after: {}\r\n{REQUEST_ID}: {request_id}\r\nx-content-type-options: nosniff\r\n\
         cache-control: private, no-store\r\nconnection: close\r\n\r\n",
        body.len(),
        problem.retry_after().unwrap_or_default().as_secs(),
    );
    [head.as_bytes(), &body].concat()
}
