//! A database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A copy of the template.
pub(crate) struct Database {
    name: String,
    server: PgPool,
    /// As the owner, who may do anything.
    pub(crate) owner: PgPool,
    /// As the projector, who may not.
    pub(crate) projector: PgPool,
}

impl Database {
    pub(crate) async fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the harness is where tests read their environment")]
        let url = std::env::var("HANSARD_TEST_DATABASE_URL").expect("./dev test sets HANSARD_TEST_DATABASE_URL");
        let template: PgConnectOptions = url.parse().unwrap();
        let server = pool(template.clone().database("postgres"), None).await;
        let name = format!("projector_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let from = template.get_database().unwrap_or("hansard_template").to_owned();
        for sql in
            [format!("drop database if exists {name} with (force)"), format!("create database {name} template {from}")]
        {
            sqlx::raw_sql(&sql).execute(&server).await.unwrap();
        }
        let here = template.database(&name);
        let owner = pool(here.clone(), None).await;
        let projector = pool(here, Some("set role hansard_projector")).await;
        Self { name, server, owner, projector }
    }

    /// Drops it; a test that failed leaves it to be looked at.
    pub(crate) async fn drop(self) {
        sqlx::raw_sql(&format!("drop database {} with (force)", self.name)).execute(&self.server).await.unwrap();
    }
}

async fn pool(options: PgConnectOptions, role: Option<&'static str>) -> PgPool {
    PgPoolOptions::new()
        .max_connections(12)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if let Some(role) = role {
                    sqlx::query(role).execute(connection).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .unwrap()
}
