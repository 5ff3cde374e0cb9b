//! One WebSocket.

mod heard;

use std::future::pending;
use std::time::Duration;

use axum::response::Response;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::closing::Closing;
use super::events::{Count, Kind};
use super::frames::Text;
use super::open_stream::{Seen, Stream};
use super::upgrade::Upgrade;
use heard::{Heard, heard};

/// Most bytes of what a client says.
const MOST_SAID: usize = 10 * 1024;
/// A read buffer of each socket.
const READ: usize = 4096;
/// What is written before it is sent, and how much may wait for the network.
const WRITE: usize = 16 * 1024;
const MOST_WRITTEN: usize = 256 * 1024;
/// Others are told no more often that somebody writes.
const TYPES: Duration = Duration::from_secs(1);
/// How long a client that is told to leave may take to read what was written before.
const LEAVE: Duration = Duration::from_secs(10);
/// How long it is listened to after that, for its answer; and, whatever it says, so that it reads why it is cut off.
const LINGER: Duration = Duration::from_secs(1);

type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// Makes the connection a WebSocket, and serves it.
pub(super) fn begin(upgrade: Upgrade, stream: Stream) -> Response {
    let answer = upgrade.answer();
    let hub = stream.hub.clone();
    hub.spawn(async move {
        match upgrade.connection.await {
            Ok(upgraded) => {
                let io = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config())).await;
                let _count = Count::one(Kind::WebSocket);
                Box::pin(serve(socket, stream)).await;
            }
            Err(error) => tracing::debug!(%error, "a connection ended before it was a WebSocket"),
        }
    });
    answer
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(WRITE)
        .max_write_buffer_size(MOST_WRITTEN)
        .max_message_size(Some(MOST_SAID))
        .max_frame_size(Some(MOST_SAID))
}

/// Until one of both ends it.
async fn serve(mut socket: WebSocket, mut stream: Stream) {
    let ended = tell_all(&mut socket, &mut stream).await;
    // It is told nothing more, and counts no more.
    drop(stream);
    if let Some(why) = ended {
        close(socket, why).await;
    }
}

/// What happens, until the server has a reason to end it; none if the client does.
async fn tell_all(socket: &mut WebSocket, stream: &mut Stream) -> Option<Closing> {
    let over = async |until: Option<Instant>| match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    };
    tokio::select! {
        biased;
        why = &mut stream.closed => Some(why.unwrap_or(Closing::Restart)),
        () = over(stream.until) => Some(Closing::SignedOut),
        ended = Talk { socket, frames: &mut stream.frames, hub: &stream.hub, session: &stream.session }.go() => ended,
    }
}

/// A client and what it is told.
struct Talk<'a> {
    socket: &'a mut WebSocket,
    frames: &'a mut super::frames::Frames,
    hub: &'a super::Hub,
    session: &'a Seen,
}

impl Talk<'_> {
    async fn go(mut self) -> Option<Closing> {
        let ready = self.frames.ready();
        self.send(vec![ready]).await?;
        while self.frames.is_behind() {
            let missed = self.frames.missed().await;
            self.send(missed).await?;
        }
        let mut typed_at: Option<Instant> = None;
        let silence = self.hub.silence();
        // It is asked for a sign of life twice before it is given up.
        let ping = silence * 2 / 5;
        let mut heard_at = Instant::now();
        let mut ping_at = heard_at + ping;
        loop {
            tokio::select! {
                texts = self.frames.next() => {
                    if texts.is_empty() {
                        return Some(Closing::Restart);
                    }
                    self.send(texts).await?;
                }
                said = self.socket.next() => {
                    heard_at = Instant::now();
                    if let Some(Ok(_)) = said {
                        self.session.lives();
                    }
                    match heard(said) {
                        Heard::Ping => self.pong().await?,
                        Heard::Typing(room) if typed_at.is_none_or(|at| at.elapsed() >= TYPES) => {
                            typed_at = Some(Instant::now());
                            self.hub.types(self.frames.whose().0, room);
                        }
                        Heard::Nothing | Heard::Typing(_) => {}
                        Heard::Away(away) => self.hub.looks(self.frames.whose().0, self.frames.whose().1, away),
                        Heard::Watch(people) => self.hub.watches(self.frames.whose().0, self.frames.whose().1, people),
                        Heard::Left => return None,
                        Heard::Wrong(why) => return Some(why),
                    }
                }
                () = sleep_until(ping_at.min(heard_at + silence)) => {
                    if heard_at.elapsed() >= silence {
                        return Some(Closing::Silent);
                    }
                    ping_at = Instant::now() + ping;
                    self.socket.send(Message::Ping(bytes::Bytes::new())).await.ok()?;
                }
            }
        }
    }

    /// All that is ready is written, then sent at once.
    async fn send(&mut self, texts: Vec<Text>) -> Option<()> {
        metrics::counter!("hansard_stream_frames_total", "kind" => "websocket").increment(texts.len() as u64);
        for text in texts {
            self.socket.feed(Message::Text(Utf8Bytes::from(text.text))).await.ok()?;
        }
        self.socket.flush().await.ok()
    }

    /// Up to which position the client was told everything.
    async fn pong(&mut self) -> Option<()> {
        let position = self.hub.position();
        let mut texts = self.frames.ready_now();
        texts.push(Text { place: None, text: format!("{{\"type\":\"pong\",\"position\":{position}}}") });
        self.send(texts).await
    }
}

/// Says why, and listens on for a moment: bytes that nobody reads would have the network forget what was said last.
async fn close(mut socket: WebSocket, why: Closing) {
    metrics::counter!("hansard_stream_closed_total", "reason" => why.reason()).increment(1);
    let frame = CloseFrame { code: CloseCode::from(why.code()), reason: Utf8Bytes::from_static(why.reason()) };
    if !matches!(timeout(LEAVE, socket.close(Some(frame))).await, Ok(Ok(()))) {
        return;
    }
    let answer = async { while let Some(Ok(_)) = socket.next().await {} };
    _ = timeout(LINGER, answer).await;
    let mut rest = socket.into_inner();
    let mut ignored = [0; 1024];
    let linger = async { while matches!(rest.read(&mut ignored).await, Ok(1..)) {} };
    _ = timeout(LINGER, linger).await;
}
