//! What a hub tells that hears of the log no sooner than a test says so. What was appended meanwhile is answered already,
//! though neither the hub nor the read models know of it.

mod files;
mod passing;
mod resuming;
mod seeing;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use event_store::Reader;
use futures::{SinkExt, StreamExt};
use query_api::stream::{Fed, Feed, Hub, StreamSettings};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::world::{self, Person, World};

/// How long anything may take to be told.
const WITHIN: Duration = Duration::from_secs(10);

/// The log, as far as the hub may hear of it.
struct Held {
    reader: Reader,
    /// Up to where it may.
    may: watch::Receiver<i64>,
    /// Up to where it was read.
    read: watch::Sender<i64>,
}

impl Feed for Held {
    async fn next(&mut self, after: i64, max: usize) -> Result<Fed, Box<dyn Error + Send + Sync>> {
        self.read.send_replace(after);
        let until = *self.may.wait_for(|until| *until > after).await?;
        let limit = i64::try_from(max)?.min(until - after);
        let epoch = self.reader.head().await?.epoch;
        Ok(Fed { epoch, events: self.reader.after(after, limit).await? })
    }
}

/// A hub, and where people listen to it.
struct Telling {
    hub: Hub,
    address: SocketAddr,
    may: watch::Sender<i64>,
    read: watch::Receiver<i64>,
}

impl World {
    /// Plays a story while a hub tells what happens from now on, as far as the story lets it hear of it.
    async fn telling(&self, story: impl AsyncFnOnce(&Telling)) {
        let reads_every = Duration::from_millis(5);
        let settings = StreamSettings { queue: 512, reads_every, silence: Duration::from_secs(75) };
        let id = self.context.new_id();
        let hub = Hub::new(id, TaskTracker::new(), CancellationToken::new(), settings).unwrap();
        let queries = self.queries_with(hub.clone()).await;
        let (may, heard) = watch::channel(0);
        let (reads, read) = watch::channel(0);
        let feed = Held { reader: self.store.reader().clone(), may: heard, read: reads };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = axum::serve(listener, world::router(&self.context, queries.clone())).into_future();
        let telling = Telling { hub: hub.clone(), address, may, read };
        tokio::select! {
            () = Box::pin(hub.run(&queries, feed)) => panic!("it runs on"),
            served = serving => panic!("{served:?}"),
            () = Box::pin(story(&telling)) => {}
        }
    }
}

impl Telling {
    /// Somebody listens; with `since`, to what they missed first.
    async fn listens(&self, who: &Person, since: Option<i64>) -> Listener {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let query = since.map(|since| format!("?since={since}")).unwrap_or_default();
        let mut request = format!("ws://{}/v1/stream{query}", self.address).into_client_request().unwrap();
        let bearer = format!("Bearer {}", who.token.text()).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let opened = timeout(WITHIN, client_async(request, stream)).await.expect("it opens in time");
        let (socket, _) = opened.expect("it opens");
        let mut listener = Listener { user: who.id, socket, heard: vec![] };
        assert_eq!(listener.hears().await["type"], "ready");
        listener
    }

    /// The hub has read the log up to `position`, as one batch.
    async fn hears_of(&self, position: i64) {
        self.may.send_replace(position);
        let mut read = self.read.clone();
        let reads = timeout(WITHIN, read.wait_for(|read| *read >= position));
        assert!(matches!(reads.await, Ok(Ok(_))), "it reads in time");
    }

    /// What somebody was told, once all that the hub was asked before is dealt with, and then what that left open.
    async fn told(&self, listener: &mut Listener) -> Vec<Value> {
        let mut told = std::mem::take(&mut listener.heard);
        for _ in 0..2 {
            self.hub.signals(listener.user, b"{}");
            loop {
                let frame = listener.hears().await;
                if frame["type"] == "signal" {
                    break;
                }
                told.push(frame);
            }
        }
        told
    }
}

/// Somebody who listens.
struct Listener {
    user: Uuid,
    socket: WebSocketStream<TcpStream>,
    /// What came while something else was waited for.
    heard: Vec<Value>,
}

impl Listener {
    /// The next frame.
    async fn hears(&mut self) -> Value {
        loop {
            match timeout(WITHIN, self.socket.next()).await.expect("something is told in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                end @ (Some(Ok(Message::Close(_)) | Err(_)) | None) => panic!("it ends: {end:?}"),
            }
        }
    }

    /// Says something, and waits until the hub was asked for it.
    async fn says(&mut self, said: Value) {
        for said in [said, json!({"type": "ping"})] {
            self.socket.send(Message::text(said.to_string())).await.unwrap();
        }
        loop {
            let frame = self.hears().await;
            if frame["type"] == "pong" {
                return;
            }
            self.heard.push(frame);
        }
    }
}

/// What frames are about, in order.
fn kinds(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["type"].as_str().unwrap_or_default()).collect()
}
