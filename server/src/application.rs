//! A process that serves: everything is made and checked, then run until it is told to stop.

mod files;
mod parts;
mod past;
mod start;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api_kit::{Context, ServeSettings, serve};
use axum::Router;
use futures::future::join_all;
use query_api::stream::Hub;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::time::timeout;

pub use start::StartError;
pub(crate) use start::open_log;

use crate::lifecycle::{Failure, Lifecycle};
use crate::metrics::{self, Observed};
use crate::settings::{Past, Settings};
use parts::Parts;

/// How long connections to the database may take to close, in the end.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// A process that is ready to serve: it listens, and its parts run.
#[derive(Debug)]
pub struct Application {
    listener: TcpListener,
    router: Router,
    metrics_listener: TcpListener,
    metrics_router: Router,
    serve: ServeSettings,
    context: Context,
    pools: Vec<PgPool>,
    hub: Option<Hub>,
    lifecycle: Lifecycle,
}

impl Application {
    /// Makes everything that `settings` ask for, and refuses what could not serve, or not safely.
    pub async fn build(settings: &Settings, context: &Context) -> Result<Self, StartError> {
        Self::build_as_of(settings, None, context).await
    }

    /// The same, of the past if there is one to be served: then it plays no roles, and nothing is changed by it.
    pub async fn build_as_of(settings: &Settings, past: Option<&Past>, context: &Context) -> Result<Self, StartError> {
        let recorder = metrics::recorder();
        files::allow(settings.http.max_connections);
        let lifecycle = Lifecycle::default();
        let listener = start::bind("HANSARD_LISTEN", settings.http.listen)?;
        let metrics_listener = start::bind("HANSARD_METRICS_LISTEN", settings.http.metrics_listen)?;
        let parts = match past {
            Some(past) => Box::pin(Parts::of_the_past(settings, past, context, &lifecycle)).await?,
            None => Parts::make(settings, context, &lifecycle).await?,
        };
        let Parts { router, pools, onlooker, clocks, hub } = parts;
        let observed = Arc::new(Observed { pools: pools.clone(), projector: onlooker, clocks });
        let metrics_router = metrics::routes(recorder.clone(), Arc::clone(&observed));
        metrics::keep_up(recorder, observed, &lifecycle);
        let pools = pools.into_iter().map(|(_, pool)| pool).collect();
        let (serve, context) = (settings.http.serve(), context.clone());
        Ok(Self { listener, router, metrics_listener, metrics_router, serve, context, pools, hub, lifecycle })
    }

    /// Where the API listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where `/metrics` is.
    pub fn metrics_address(&self) -> std::io::Result<SocketAddr> {
        self.metrics_listener.local_addr()
    }

    /// Its tasks, and the token that stops it: `lifecycle().stopping().cancel()`.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Serves until it is told to stop, then stops in order. Fails if a part of it could not go on.
    pub async fn run(self) -> Result<(), Failure> {
        let Self { listener, router, metrics_listener, metrics_router, serve: settings, context, .. } = self;
        let (pools, hub, lifecycle) = (self.pools, self.hub, self.lifecycle);
        let tasks = lifecycle.tasks();
        let stopping = lifecycle.stopping().clone();
        let api = tasks.spawn(serve(listener, router, settings.clone(), context.clone(), stopping));
        // Until the end: a drain can be watched.
        tasks.spawn(serve(metrics_listener, metrics_router, settings, context, lifecycle.closing().clone()));
        let ended = lifecycle.run(async { _ = api.await }).await;
        let closed = join_all(pools.iter().map(PgPool::close));
        if timeout(CLOSE_WITHIN, closed).await.is_err() {
            tracing::warn!("the database does not answer: connections are left to it");
        }
        // Its threads waited for what connections have to say, until there were none.
        drop(hub);
        ended
    }
}
