//! Somebody's open stream.

use std::time::Duration;

use client::{Closed, Connection, Place};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::time::timeout;

use super::Person;

/// How long anything may take to be told.
const WITHIN: Duration = Duration::from_secs(10);

/// Somebody's open stream, as WebSocket.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) connection: Connection,
    /// The position that `ready` named.
    pub(crate) ready: i64,
}

impl Person {
    /// Opens a stream from now on.
    pub(crate) async fn listens(&self) -> Listener {
        Listener::open(self, None).await
    }

    /// Opens a stream that first tells what happened after `since`.
    pub(crate) async fn listens_since(&self, since: i64) -> Listener {
        Listener::open(self, Some(since.into())).await
    }
}

impl Listener {
    pub(crate) async fn open(person: &Person, since: Option<Place>) -> Self {
        let opened = timeout(WITHIN, Connection::open(person.url(), &person.token, since)).await;
        Self::of(opened.expect("it opens in time").expect("it opens")).await
    }

    /// Over a connection of which the network keeps little.
    pub(crate) async fn open_narrow(person: &Person) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let address = person.url().trim_start_matches("http://").parse().unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self::of(Connection::over(stream, person.url(), &person.token, None).await.expect("it opens")).await
    }

    async fn of(mut connection: Connection) -> Self {
        let first = timeout(WITHIN, connection.next_value()).await.expect("ready comes").unwrap();
        assert_eq!(first["type"], "ready", "{first}");
        Self { connection, ready: first["position"].as_i64().unwrap() }
    }

    /// The next frame.
    pub(crate) async fn hears(&mut self) -> Value {
        self.next().await.expect("a frame, not the end")
    }

    /// The next frame, of this type.
    pub(crate) async fn hears_of(&mut self, kind: &str) -> Value {
        let frame = self.hears().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    async fn next(&mut self) -> Result<Value, Closed> {
        timeout(WITHIN, self.connection.next_value()).await.expect("something is told in time")
    }

    /// Says something, as an object with a `type`.
    pub(crate) async fn says(&mut self, said: Value) {
        self.connection.say(&said).await.unwrap();
    }

    /// All frames up to a position of the log, once everything up to it was told.
    pub(crate) async fn until(&mut self, position: i64) -> Vec<Value> {
        let mut frames = vec![];
        loop {
            self.connection.ping().await.unwrap();
            loop {
                let frame = self.hears().await;
                if frame["type"] != "pong" {
                    frames.push(frame);
                } else if frame["position"].as_i64().unwrap() >= position {
                    return frames;
                } else {
                    break;
                }
            }
        }
    }

    /// The code that the stream is closed with, and what was told before.
    pub(crate) async fn ends(mut self) -> (Option<u16>, Vec<Value>) {
        let mut frames = vec![];
        loop {
            match self.next().await {
                Ok(frame) => frames.push(frame),
                Err(closed) => return (closed.code, frames),
            }
        }
    }
}

/// What frames are about, in order.
pub(crate) fn kinds(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["type"].as_str().unwrap_or_default()).collect()
}
