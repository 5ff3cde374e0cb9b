//! A database of its own for each test, copied from the migrated template.

use event_store::{Keyring, MasterKey, Store};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// A master key for tests.
pub(crate) fn master() -> String {
    format!("1:{}", "0f".repeat(32))
}

pub(crate) struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Database {
    /// Copies the template that `HANSARD_TEST_DATABASE_URL` names.
    pub(crate) async fn new() -> Self {
        let url = std::env::var("HANSARD_TEST_DATABASE_URL")
            .expect("HANSARD_TEST_DATABASE_URL names a migrated database; ./dev test sets it");
        let template = url.parse::<PgConnectOptions>().unwrap();
        let server = template.clone().database("postgres");
        let name = format!("t_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect_with(&server).await.unwrap();
        let source = template.get_database().expect("the URL names a database");
        connection.execute(format!("create database {name} template {source}").as_str()).await.unwrap();
        Self { server, name }
    }

    /// As its owner.
    pub(crate) fn owner(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    pub(crate) fn url(&self) -> String {
        sqlx::ConnectOptions::to_url_lossy(&self.owner()).to_string()
    }

    pub(crate) async fn pool(&self, role: Option<&str>) -> PgPool {
        let options = match role {
            Some(role) => self.owner().options([("role", role)]),
            None => self.owner(),
        };
        PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap()
    }

    pub(crate) async fn store(&self, tasks: &TaskTracker) -> Store {
        let pool = self.pool(Some("hansard_writer")).await;
        let keyring = Keyring::new(pool.clone(), MasterKey::parse(&master()).unwrap(), crate::model::NAMES, vec![]);
        Store::open(pool, keyring, tasks).await.unwrap()
    }

    /// Removes it, whoever is still connected.
    pub(crate) async fn remove(self) {
        let mut connection = PgConnection::connect_with(&self.server).await.unwrap();
        connection.execute(format!("drop database {} with (force)", self.name).as_str()).await.unwrap();
    }
}
