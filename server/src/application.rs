//! A process that serves: everything is made and checked, then run until it is told to stop.

mod start;

use std::net::SocketAddr;
use std::sync::Arc;

use api_kit::{Context, Edge, Operations, ServeSettings, health, serve};
use axum::Router;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::time::interval;

pub use start::StartError;

use crate::database::Access;
use crate::health::Dependencies;
use crate::lifecycle::{Failure, Lifecycle};
use crate::metrics::{self, Observed};
use crate::migrations;
use crate::settings::Settings;

/// A process that is ready to serve: it listens, and does nothing yet.
#[derive(Debug)]
pub struct Application {
    listener: TcpListener,
    router: Router,
    metrics_listener: TcpListener,
    metrics_router: Router,
    serve: ServeSettings,
    pools: Vec<PgPool>,
    lifecycle: Lifecycle,
}

impl Application {
    /// Makes everything that `settings` ask for, and refuses what could not serve, or not safely.
    pub async fn build(settings: &Settings, context: &Context) -> Result<Self, StartError> {
        let recorder = metrics::recorder();
        let lifecycle = Lifecycle::default();
        let listener = start::bind("HANSARD_LISTEN", settings.http.listen).await?;
        let metrics_listener = start::bind("HANSARD_METRICS_LISTEN", settings.http.metrics_listen).await?;
        let master = settings.keys.read()?;

        let database = &settings.database;
        database.answers().await?;
        let readiness = database.pool(Access::Reader, "readiness", 1)?;
        migrations::check(&readiness).await?;
        let writer = database.pool(Access::Writer, "commands", settings.pools.command_connections)?;
        let _store = start::open_log(writer.clone(), master, lifecycle.tasks()).await?;

        let dependencies = Dependencies { pool: readiness.clone(), stopping: lifecycle.stopping().clone() };
        let edge = Edge {
            context: context.clone(),
            trusted_proxies: settings.http.trusted_proxies.clone(),
            operations: Operations::default(),
        };
        let router = edge.around(health::routes(Arc::new(dependencies)));
        let pools = vec![("readiness", readiness), ("commands", writer)];
        let metrics_router = metrics::routes(recorder.clone(), Observed { pools: pools.clone() });
        lifecycle.supervise("metrics", {
            let closing = lifecycle.closing().clone();
            move || {
                let (recorder, closing) = (recorder.clone(), closing.clone());
                async move {
                    let mut upkeep = interval(metrics::UPKEEP);
                    while closing.run_until_cancelled(upkeep.tick()).await.is_some() {
                        recorder.run_upkeep();
                    }
                    Ok(())
                }
            }
        });
        let pools = pools.into_iter().map(|(_, pool)| pool).collect();
        Ok(Self { listener, router, metrics_listener, metrics_router, serve: settings.http.serve(), pools, lifecycle })
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
        let Self { listener, router, metrics_listener, metrics_router, serve: settings, pools, lifecycle } = self;
        let tasks = lifecycle.tasks();
        let api = tasks.spawn(serve(listener, router, settings.clone(), lifecycle.stopping().clone()));
        // Until the end: a drain can be watched.
        tasks.spawn(serve(metrics_listener, metrics_router, settings, lifecycle.closing().clone()));
        let ended = lifecycle.run(async { _ = api.await }).await;
        for pool in pools {
            pool.close().await;
        }
        ended
    }
}
