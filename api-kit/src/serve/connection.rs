//! One connection, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;
use tracing::debug;

use super::stream::Stream;
use super::{ServeSettings, Wire};

/// Most bytes of a connection's read buffer, and so of a request's head.
const BUFFER: usize = 64 * 1024;

/// Who is served, what, and how patiently.
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    pub(super) router: Router,
    pub(super) settings: ServeSettings,
    pub(super) wire: Wire,
}

impl Client {
    /// Serves requests until the client leaves or is too slow, `shutdown` lets the present one be the last, or its wire
    /// is cut in the middle.
    pub(super) async fn serve(self, stream: Stream, shutdown: CancellationToken) {
        let Self { peer, router, settings, wire } = self;
        let cut = wire.cut.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(TimeoutBody::new(settings.body_pause, body)));
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(wire.clone());
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(settings.header_within)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = cut.cancelled() => return,
            () = shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    served = connection => served,
                    () = cut.cancelled() => return,
                }
            }
        };
        if let Err(error) = served {
            debug!(%error, "a connection ended early");
        }
    }
}
