//! A database of its own for each test, copied from the migrated template.

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// A copy of the template; gone with [`Database::drop`], while one of a failed test stays to be looked at.
pub(crate) struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Database {
    pub(crate) async fn new(id: Uuid) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the harness is where tests read their environment")]
        let url = std::env::var("HANSARD_TEST_DATABASE_URL").expect("./dev test sets HANSARD_TEST_DATABASE_URL");
        let template = url.parse::<PgConnectOptions>().unwrap();
        let server = template.clone().database("postgres");
        let name = format!("query_api_{}", id.simple());
        let mut connection = PgConnection::connect_with(&server).await.unwrap();
        let source = template.get_database().expect("the URL names a database");
        connection.execute(format!("create database {name} template {source}").as_str()).await.unwrap();
        Self { server, name }
    }

    /// Connections of a role; without one, of the owner.
    pub(crate) async fn pool(&self, role: Option<&str>) -> PgPool {
        let options = self.server.clone().database(&self.name);
        let options = match role {
            Some(role) => options.options([("role", role)]).application_name(role),
            None => options,
        };
        PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap()
    }

    /// Removes it, whoever is still connected.
    pub(crate) async fn drop(self) {
        let mut connection = PgConnection::connect_with(&self.server).await.unwrap();
        connection.execute(format!("drop database {} with (force)", self.name).as_str()).await.unwrap();
    }
}
