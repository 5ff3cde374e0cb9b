//! Requests whose bodies are on their way.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::Person;

/// What the server says once it waits for a body.
const GOES_ON: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long an answer may take to come: far longer than it does.
const TOLD_WITHIN: Duration = Duration::from_secs(15);

/// A request whose body is on its way: it was let in, and what comes is read.
pub(super) struct Sending(TcpStream);

impl Sending {
    /// Sends the head of a request as somebody, and some of its body once that is waited for.
    pub(super) async fn begins(person: &Person, head: &str, bytes: &[u8]) -> Self {
        let mut stream = TcpStream::connect(person.url().strip_prefix("http://").unwrap()).await.unwrap();
        let head = format!(
            "{head}\r\nHost: x\r\nAuthorization: Bearer {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            person.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut told = [0; GOES_ON.len()];
        stream.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, GOES_ON);
        stream.write_all(bytes).await.unwrap();
        Self(stream)
    }

    /// Sends some of a part of an upload, which is to have `length` bytes.
    pub(super) async fn part(person: &Person, path: &str, from: usize, length: usize, bytes: &[u8]) -> Self {
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {from}\r\n\
             Content-Type: application/offset+octet-stream\r\nContent-Length: {length}"
        );
        Self::begins(person, &head, bytes).await
    }

    /// Sends more of the body, if the server has not closed the connection.
    pub(super) async fn goes_on(&mut self, bytes: &[u8]) {
        _ = self.0.write_all(bytes).await;
    }

    /// What it is answered, until the connection ends.
    pub(super) async fn answer(mut self) -> String {
        let mut told = vec![];
        // Where more was sent than was read, it ends with a reset, after the answer.
        _ = timeout(TOLD_WITHIN, self.0.read_to_end(&mut told)).await.expect("it ends in time");
        String::from_utf8(told).unwrap()
    }
}
