//! What `/readyz` looks at.

use api_kit::health::{Check, Health, Readiness};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::migrations::{self, NotMigrated};

/// What this process depends on.
pub(crate) struct Dependencies {
    /// One connection of its own, so that a full pool does not look like a database that is away.
    pub(crate) pool: PgPool,
    /// A process that stops is not ready, so that nothing more is sent to it.
    pub(crate) stopping: CancellationToken,
}

impl Readiness for Dependencies {
    fn check(&self) -> BoxFuture<'_, Vec<Check>> {
        async {
            let (postgres, migrated) = match migrations::check(&self.pool).await {
                Ok(()) => (Health::Ready, Health::Ready),
                Err(NotMigrated::Missing(_)) => (Health::Ready, Health::Down),
                Err(NotMigrated::Unavailable(_)) => (Health::Down, Health::Down),
            };
            let process = if self.stopping.is_cancelled() { Health::Down } else { Health::Ready };
            let of = |name, status| Check { name, status };
            vec![of("process", process), of("postgres", postgres), of("migrations", migrated)]
        }
        .boxed()
    }
}
