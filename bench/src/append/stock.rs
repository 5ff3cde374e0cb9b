//! Stock postgres-es: its framework, its table, its pool as large as there are writers.

use std::sync::Arc;

use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use postgres_es::PostgresEventRepository;
use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use super::note::{Note, NoteEvent};
use super::{Appends, Failed};

/// Connections that a server of default settings leaves us.
const CONNECTIONS: usize = 64;

#[derive(Clone)]
pub(crate) struct Stock {
    framework: Arc<CqrsFramework<Note, PersistedEventStore<PostgresEventRepository, Note>>>,
}

impl Stock {
    pub(crate) async fn new(database: &PgConnectOptions, writers: usize) -> Result<Self, Failed> {
        let connections = u32::try_from(writers.min(CONNECTIONS))?;
        let pool = PgPoolOptions::new().max_connections(connections).connect_with(database.clone()).await?;
        pool.execute("create schema if not exists bench").await?;
        pool.execute(
            "create table if not exists bench.events (aggregate_type text not null, aggregate_id text not null, \
             sequence bigint check (sequence >= 0) not null, event_type text not null, event_version text not null, \
             payload json not null, metadata json not null, primary key (aggregate_type, aggregate_id, sequence))",
        )
        .await?;
        let repository = PostgresEventRepository::new(pool).with_tables("bench.events", "bench.snapshots");
        let framework = CqrsFramework::new(PersistedEventStore::new_event_store(repository), vec![], ());
        Ok(Self { framework: Arc::new(framework) })
    }
}

impl Appends for Stock {
    async fn append(&self, _: u64) {
        let id = Uuid::now_v7().to_string();
        self.framework.execute(&id, NoteEvent::plain()).await.expect("postgres-es appends");
    }
}
