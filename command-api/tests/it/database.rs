//! A database of its own for each test, copied from the migrated template.

use event_store::{KeyNames, Keyring, MasterKey, Store};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};
use tokio_util::task::TaskTracker;

pub(crate) struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Database {
    /// Copies the template that `HANSARD_TEST_DATABASE_URL` names.
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment where the database is")]
    pub(crate) async fn new() -> Self {
        let url = std::env::var("HANSARD_TEST_DATABASE_URL")
            .expect("HANSARD_TEST_DATABASE_URL names a migrated database; ./dev test sets it");
        let template = url.parse::<PgConnectOptions>().unwrap();
        let server = template.clone().database("postgres");
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect_with(&server).await.unwrap();
        let source = template.get_database().expect("the URL names a database");
        connection.execute(format!("create database {name} template {source}").as_str()).await.unwrap();
        Self { server, name }
    }

    pub(crate) async fn store(&self, tasks: &TaskTracker) -> Store {
        let options = self.server.clone().database(&self.name).options([("role", "hansard_writer")]);
        let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
        let master = MasterKey::parse(&format!("1:{}", "0f".repeat(32))).unwrap();
        let (wrapped_by, is_fleeting) = (domain::sealed::wrapped_by, domain::sealed::is_fleeting);
        let names = KeyNames { wrapped_by, is_fleeting };
        let keyring = Keyring::new(pool.clone(), master, names, domain::upcast::upcasters());
        Store::open(pool, keyring, tasks).await.unwrap()
    }

    /// Removes it, whoever is still connected.
    pub(crate) async fn remove(&self) {
        let mut connection = PgConnection::connect_with(&self.server).await.unwrap();
        connection.execute(format!("drop database {} with (force)", self.name).as_str()).await.unwrap();
    }
}
