//! What `/readyz` looks at.

mod storage;

use std::sync::Arc;

use api_kit::health::{Check, Health, Readiness};
use async_nats::Client;
use async_nats::connection::State;
use futures::FutureExt;
use futures::future::BoxFuture;
use nats::Status;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::migrations::{self, NotMigrated};
pub(crate) use storage::StorageHealth;

/// What a process depends on.
pub(crate) struct Dependencies {
    /// Connections of their own, so that full pools do not look like a database that is away.
    pool: PgPool,
    /// A process that stops is not ready, so that nothing more is sent to it.
    stopping: CancellationToken,
    /// What the relay does, if this process relays.
    pub(crate) relay: Option<watch::Receiver<Status>>,
    /// The connection of what follows NATS, if something does.
    pub(crate) follower: Option<Client>,
    /// Where files' bytes are, if this process has to do with them.
    pub(crate) storage: Option<Arc<StorageHealth>>,
}

impl Dependencies {
    pub(crate) fn new(pool: PgPool, stopping: CancellationToken) -> Self {
        Self { pool, stopping, relay: None, follower: None, storage: None }
    }

    /// None where this process has nothing to do with it.
    fn nats(&self) -> Option<Health> {
        let relay = self.relay.as_ref().map(|status| match *status.borrow() {
            Status::Away => Health::Degraded,
            Status::Standby | Status::Leading { .. } => Health::Ready,
        });
        let follower = self.follower.as_ref().map(|client| match client.connection_state() {
            State::Connected => Health::Ready,
            State::Pending | State::Disconnected => Health::Degraded,
        });
        relay.max(follower)
    }
}

impl Readiness for Dependencies {
    fn known(&self) -> Vec<Check> {
        let process = if self.stopping.is_cancelled() { Health::Down } else { Health::Ready };
        let mut checks = vec![Check::of("process", process)];
        checks.extend(self.nats().map(|status| Check::of("nats", status)));
        checks
    }

    fn check(&self) -> BoxFuture<'static, Vec<Check>> {
        let (pool, storage) = (self.pool.clone(), self.storage.clone());
        async move {
            let (postgres, migrated) = match migrations::check(&pool).await {
                Ok(()) => (Health::Ready, Health::Ready),
                Err(NotMigrated::Missing(_)) => (Health::Ready, Health::Down),
                Err(NotMigrated::Unavailable(_)) => (Health::Down, Health::Down),
            };
            let mut checks = vec![Check::of("postgres", postgres), Check::of("migrations", migrated)];
            if let Some(storage) = storage {
                checks.push(storage.check().await);
            }
            checks
        }
        .boxed()
    }
}
