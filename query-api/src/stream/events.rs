//! One stream of server-sent events.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use tokio::time::{sleep_until, timeout};

use super::closing::Closing;
use super::frames::Text;
use super::open_stream::Stream;

/// How often something is sent, so that whoever stands between does not take it for dead.
const BEAT: Duration = Duration::from_secs(15);

/// Which kind of stream it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    WebSocket,
    Events,
}

/// Counts a stream while it is open.
pub(super) struct Count(Kind);

impl Count {
    pub(super) fn one(kind: Kind) -> Self {
        metrics::gauge!("hansard_streams", "kind" => kind.name()).increment(1.0);
        Self(kind)
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Events => "events",
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        metrics::gauge!("hansard_streams", "kind" => self.0.name()).decrement(1.0);
    }
}

/// Answers with the stream.
pub(super) fn begin(stream: Stream) -> Response {
    let first = written(&[stream.frames.ready()]);
    let told = Told { first: Some(first), stream: Box::new(stream), _count: Count::one(Kind::Events) };
    let body = stream::unfold(Some(told), |told| async move {
        let mut told = told?;
        match told.next().await {
            Ok(bytes) => Some((Ok::<_, Infallible>(bytes), Some(told))),
            Err(why) => {
                metrics::counter!("hansard_stream_closed_total", "reason" => why.reason()).increment(1);
                None
            }
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that gathers would keep what happened to itself.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Told {
    first: Option<Bytes>,
    stream: Box<Stream>,
    _count: Count,
}

impl Told {
    /// What is sent next; or why nothing is any more.
    async fn next(&mut self) -> Result<Bytes, Closing> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let Stream { closed, frames, hub, until, session, .. } = &mut *self.stream;
        // It took what it was sent before.
        session.lives();
        let over = async {
            match *until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        let told = async {
            if frames.is_behind() {
                return Ok(written(&frames.missed().await));
            }
            let position = hub.position();
            match timeout(BEAT, frames.next()).await {
                Ok(texts) if texts.is_empty() => Err(Closing::Restart),
                Ok(texts) => Ok(written(&texts)),
                // An id without an event: whoever comes back goes on from there.
                Err(_) => Ok(Bytes::from(format!("id: {}\n\n", frames.told(position)))),
            }
        };
        tokio::select! {
            biased;
            why = closed => Err(why.unwrap_or(Closing::Restart)),
            () = over => Err(Closing::SignedOut),
            told = told => told,
        }
    }
}

/// In the form of server-sent events.
fn written(texts: &[Text]) -> Bytes {
    metrics::counter!("hansard_stream_frames_total", "kind" => "events").increment(texts.len() as u64);
    let mut written = String::with_capacity(texts.iter().map(|text| text.text.len() + 32).sum());
    for text in texts {
        if let Some(place) = text.place {
            written.push_str("id: ");
            written.push_str(&place.to_string());
            written.push('\n');
        }
        written.push_str("data: ");
        written.push_str(&text.text);
        written.push_str("\n\n");
    }
    Bytes::from(written)
}
