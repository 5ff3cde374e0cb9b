//! A connection to the stream.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::{Frame, FramePlace};

/// A read buffer: thousands of connections fit into one process.
const READ: usize = 4096;

/// No connection was made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What was given is no address or token.
    #[error("the address or the token is none")]
    Address,
    /// The server says no.
    #[error("the server answers {0}")]
    Refused(u16),
    /// The server does not answer, or not as it should.
    #[error("the stream cannot be opened")]
    Failed(#[source] Box<Error>),
}

/// Where in the log a client has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The position of the last frame that had one.
    pub position: i64,
    /// Which log that is in: 1 unless it was ever restored from an older copy.
    pub epoch: i32,
}

impl From<i64> for Place {
    /// In a log that was never restored.
    fn from(position: i64) -> Self {
        Self { position, epoch: 1 }
    }
}

/// The connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The code of WebSocket, if one was said.
    pub code: Option<u16>,
}

/// A connection to the stream.
#[derive(Debug)]
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
    /// The next connection goes on from there.
    since: Option<Place>,
    epoch: i32,
}

impl Connection {
    /// Connects to the server at `url`, without a slash at its end; with `since`, to be told what happened after that.
    pub async fn open(url: &str, token: &str, since: Option<Place>) -> Result<Self, OpenError> {
        let address = url.split_once("://").ok_or(OpenError::Address)?.1;
        let stream = TcpStream::connect(address).await.map_err(|error| OpenError::Failed(Box::new(error.into())))?;
        Self::over(stream, url, token, since).await
    }

    /// The same over a connection that is there.
    pub async fn over(stream: TcpStream, url: &str, token: &str, since: Option<Place>) -> Result<Self, OpenError> {
        _ = stream.set_nodelay(true);
        let query =
            since.map(|Place { position, epoch }| format!("?since={position}&epoch={epoch}")).unwrap_or_default();
        let address = format!("{}/v1/stream{query}", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().map_err(|_| OpenError::Address)?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| OpenError::Address)?;
        request.headers_mut().insert("authorization", bearer);
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("hansard.v1"));
        let config = WebSocketConfig::default().read_buffer_size(READ);
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Self { socket, since, epoch: 1 }),
            Err(Error::Http(response)) => Err(OpenError::Refused(response.status().as_u16())),
            Err(error) => Err(OpenError::Failed(Box::new(error))),
        }
    }

    /// Where the next connection goes on from.
    pub fn since(&self) -> Option<Place> {
        self.since
    }

    /// The next frame, as it came. Cancel-safe.
    pub async fn next_value(&mut self) -> Result<Value, Closed> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).unwrap_or_default();
                    self.heard(&value);
                    return Ok(value);
                }
                Some(Ok(Message::Close(frame))) => return Err(Closed { code: frame.map(|frame| frame.code.into()) }),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(_)) | None => return Err(Closed { code: None }),
            }
        }
    }

    /// Where the next frame is, parsed and checked to be JSON, but nothing of what it tells: what is heard so is not in
    /// [`Self::since`]. Cancel-safe.
    pub async fn next_place(&mut self) -> Result<FramePlace, Closed> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|_| Closed { code: None });
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(frame))) => return Err(Closed { code: frame.map(|frame| frame.code.into()) }),
                Some(Err(_)) | None => return Err(Closed { code: None }),
            }
        }
    }

    /// The next frame. Cancel-safe.
    pub async fn next(&mut self) -> Result<Frame, Closed> {
        let value = self.next_value().await?;
        serde_json::from_value(value).map_err(|_| Closed { code: None })
    }

    /// Says something, as an object with a `type`.
    pub async fn say(&mut self, said: &Value) -> Result<(), Closed> {
        self.socket.send(Message::text(said.to_string())).await.map_err(|_| Closed { code: None })
    }

    /// Asks up to where the server has told everything: it answers `pong`.
    pub async fn ping(&mut self) -> Result<(), Closed> {
        self.say(&json!({"type": "ping"})).await
    }

    fn heard(&mut self, frame: &Value) {
        let Some(position) = frame["position"].as_i64() else { return };
        if frame["type"] == "ready" || frame["type"] == "reset" {
            self.epoch = frame["epoch"].as_i64().and_then(|epoch| epoch.try_into().ok()).unwrap_or(1);
        }
        // Before what was missed is told, `ready` says only where the log is.
        if frame["type"] != "ready" || self.since.is_none() {
            self.since = Some(Place { position, epoch: self.epoch });
        }
    }
}
