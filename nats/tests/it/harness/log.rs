//! The log of one test: a database of its own, to which events are appended as the committer does.

use std::sync::atomic::{AtomicU32, Ordering};

use event_store::{Head, Reader, Recorded};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};

/// A log.
pub(crate) struct Log {
    pub(crate) pool: PgPool,
    pub(crate) reader: Reader,
    options: PgConnectOptions,
    name: String,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Log {
    pub(crate) async fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the database to copy is said to the test run")]
        let url =
            std::env::var("HANSARD_TEST_DATABASE_URL").expect("HANSARD_TEST_DATABASE_URL names a migrated database");
        let template: PgConnectOptions = url.parse().unwrap();
        let name = format!("it_nats_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let from = template.get_database().expect("the URL names a database").to_owned();
        administrate(&template, &[format!("drop database if exists {name}"), create(&name, &from)]).await;
        let options = template.database(&name);
        let pool = PgPoolOptions::new().max_connections(8).connect_lazy_with(options.clone());
        Self { reader: Reader::new(pool.clone()), pool, options, name }
    }

    /// Connections to it as a process has them, in a role that may no more than it needs.
    pub(crate) fn as_role(&self, role: &str) -> PgPool {
        let set = format!("set role {role}");
        let options = PgPoolOptions::new().max_connections(4).after_connect(move |connection, _| {
            let set = set.clone();
            Box::pin(async move { connection.execute(set.as_str()).await.map(|_| ()) })
        });
        options.connect_lazy_with(self.options.clone())
    }

    /// How to connect to it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Removes it.
    pub(crate) async fn close(self) {
        self.pool.close().await;
        administrate(&self.options, &[format!("drop database {} with (force)", self.name)]).await;
    }

    /// Appends `count` events in one group and returns them.
    pub(crate) async fn append(&self, count: i64) -> Vec<Recorded> {
        let mut transaction = event_store::begin(&self.pool, "begin").await.unwrap();
        let appended = append(&mut transaction, count).await;
        transaction.commit().await.unwrap();
        appended
    }

    /// Appends as a process does whose notifications nobody hears.
    pub(crate) async fn append_untold(&self, count: i64) -> Vec<Recorded> {
        let mut transaction = event_store::begin(&self.pool, "begin").await.unwrap();
        let appended = append_silently(&mut transaction, count, 100).await;
        transaction.commit().await.unwrap();
        appended
    }

    /// Appends one event whose payload has `size` bytes of text.
    pub(crate) async fn append_large(&self, size: i32) -> Vec<Recorded> {
        let mut transaction = event_store::begin(&self.pool, "begin").await.unwrap();
        let appended = append_silently(&mut transaction, 1, size).await;
        tell(&mut transaction).await;
        transaction.commit().await.unwrap();
        appended
    }

    /// Appends the same events again, as commands that are repeated do: their ids are derived from the commands'.
    pub(crate) async fn append_again(&self, events: &[Recorded]) {
        for event in events {
            let mut transaction = event_store::begin(&self.pool, "begin").await.unwrap();
            let appended = append_silently(&mut transaction, 1, 100).await;
            transaction.execute("set local session_replication_role = replica").await.unwrap();
            sqlx::query("update log.events set event_id = $1, aggregate_id = $2 where position = $3")
                .bind(event.event_id)
                .bind(&event.aggregate_id)
                .bind(appended[0].position)
                .execute(&mut *transaction)
                .await
                .unwrap();
            tell(&mut transaction).await;
            transaction.commit().await.unwrap();
        }
    }

    pub(crate) async fn head(&self) -> Head {
        self.reader.head().await.unwrap()
    }

    /// All of it.
    pub(crate) async fn all(&self) -> Vec<Recorded> {
        self.reader.after(0, i64::MAX).await.unwrap()
    }

    pub(crate) async fn execute(&self, statement: &str) {
        self.pool.execute(statement).await.unwrap();
    }

    /// Copies it, as a backup does.
    pub(crate) async fn backup(&self) {
        let (name, copy) = (&self.name, format!("{}_backup", self.name));
        let steps = [format!("drop database if exists {copy}"), create(&copy, name)];
        self.undisturbed(&steps).await;
    }

    /// Puts the copy in its place: PostgreSQL was restored.
    pub(crate) async fn restore(&self) {
        let (name, copy) = (&self.name, format!("{}_backup", self.name));
        let steps = [format!("drop database {name}"), create(name, &copy), format!("drop database {copy}")];
        self.undisturbed(&steps).await;
    }

    /// Ends every connection to it, as a restart does.
    pub(crate) async fn disconnect(&self) {
        administrate(&self.options, &[terminate(&self.name)]).await;
    }

    async fn undisturbed(&self, steps: &[String]) {
        let mut all = vec![format!("alter database {} allow_connections false", self.name), terminate(&self.name)];
        all.extend_from_slice(steps);
        all.push(format!("alter database {} allow_connections true", self.name));
        administrate(&self.options, &all).await;
    }
}

async fn append(connection: &mut PgConnection, count: i64) -> Vec<Recorded> {
    let appended = append_silently(connection, count, 100).await;
    tell(connection).await;
    appended
}

async fn append_silently(connection: &mut PgConnection, count: i64, size: i32) -> Vec<Recorded> {
    let (position,): (i64,) =
        sqlx::query_as("select position from log.head for update").fetch_one(&mut *connection).await.unwrap();
    let rows = sqlx::query_as(
        r#"insert into log.events
               (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, position, event_id, recorded_at)
           select 'message', gen_random_uuid()::text, 1, 'message_sent', '1',
               json_build_object('text', repeat('x', $3), 'type', 'message_sent'),
               format('{"actor_id":"%s","note":"ü 100%% \u0001","room_id":"%s"}', gen_random_uuid(), gen_random_uuid())::json,
               $1 + n, gen_random_uuid(), clock_timestamp()
           from generate_series(1, $2) n
           returning position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at,
               payload::text as payload, metadata::text as metadata"#,
    );
    let rows = rows.bind(position).bind(count).bind(size).fetch_all(&mut *connection).await.unwrap();
    sqlx::query("update log.head set position = position + $1, recorded_at = clock_timestamp()")
        .bind(count)
        .execute(&mut *connection)
        .await
        .unwrap();
    rows
}

async fn tell(connection: &mut PgConnection) {
    connection.execute("select pg_notify('hansard_log', position::text) from log.head").await.unwrap();
}

fn create(name: &str, template: &str) -> String {
    format!("create database {name} template {template}")
}

fn terminate(name: &str) -> String {
    format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
}

/// Runs statements outside of the database they are about, and of any transaction.
async fn administrate(options: &PgConnectOptions, statements: &[String]) {
    let mut connection = options.clone().database("postgres").connect().await.unwrap();
    for statement in statements {
        connection.execute(statement.as_str()).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    connection.close().await.unwrap();
}
