//! A database of one test, copied from the template.

use std::str::FromStr;

use api_kit::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, query};
use tokio::runtime::Runtime;

use super::environment;

/// A database of one test, dropped with this handle.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    /// Where it is, as its owner, who is no superuser.
    pub(crate) url: String,
    /// Where it is, as a superuser.
    pub(crate) superuser_url: String,
    name: String,
}

impl TestDatabase {
    /// A copy of the migrated template: some 50 ms.
    pub(crate) async fn copied() -> Self {
        let template = environment::template_url();
        let (_, template) = template.rsplit_once('/').expect("the URL names a database");
        Self::made(&format!(" template {template}")).await
    }

    /// A database that nothing was migrated in.
    pub(crate) async fn empty() -> Self {
        Self::made("").await
    }

    /// Another that holds what this one does, whose connections are ended.
    pub(crate) async fn copy(&self) -> Self {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        query(end).bind(&self.name).execute(&mut server().await).await.expect("connections are ended");
        Self::made(&format!(" template {}", self.name)).await
    }

    async fn made(from: &str) -> Self {
        let name = format!("t_{}", Context::ambient().new_id().simple());
        let template = PgConnectOptions::from_str(&environment::template_url()).expect("the URL is one");
        let create = format!("create database {name}{from} owner {}", template.get_username());
        query(&create).execute(&mut server().await).await.expect("a database is made");
        let [url, superuser_url] = [environment::template_url(), environment::superuser_url()].map(|url| {
            let (server, _) = url.rsplit_once('/').expect("the URL names a database");
            format!("{server}/{name}")
        });
        Self { url, superuser_url, name }
    }
}

impl Drop for TestDatabase {
    #[expect(clippy::disallowed_methods, reason = "a runtime cannot wait within another; this thread is joined")]
    fn drop(&mut self) {
        let drop = format!("drop database if exists {} with (force)", self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = Runtime::new()?;
            runtime.block_on(async { query(&drop).execute(&mut server().await).await }).map_err(std::io::Error::other)
        });
        // What is left goes with the server of the whole run.
        _ = dropped.join();
    }
}

async fn server() -> PgConnection {
    let superuser = PgConnectOptions::from_str(&environment::superuser_url()).expect("the URL is one");
    PgConnection::connect_with(&superuser.database("postgres").disable_statement_logging())
        .await
        .expect("PostgreSQL answers")
}
