//! The migrations that this binary holds, and whether a database has had them.

use std::error::Error;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;

/// `migrations/*.sql`; the tables of read models, in a folder below it, are the projector's.
static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// How often migrations are tried that others hold up.
const TRIES: u32 = 3;

/// How long a migration waits for a lock, where nobody says otherwise: as everything waits for what is done at once.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A database is not as this binary needs it.
#[derive(Debug, thiserror::Error)]
pub enum NotMigrated {
    /// A migration is missing.
    #[error("the database lacks migration {0}: run `hansard migrate`")]
    Missing(i64),
    /// It cannot be asked.
    #[error("the database cannot be asked for its migrations")]
    Unavailable(#[from] sqlx::Error),
}

/// Migrations were not applied, or not all of them.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// Others hold what one of them locks.
    #[error(
        "others hold what a migration must lock, in {tries} tries of {} ms each: pg_stat_activity names them; \
         what was applied before stays, run it again when they are done",
        lock_wait.as_millis()
    )]
    Locked {
        /// How often it was tried.
        tries: u32,
        /// How long each waited.
        lock_wait: Duration,
        /// Which it was.
        source: MigrateError,
    },
    /// One of them, or what is applied already, is not as it should be.
    #[error(transparent)]
    Failed(#[from] MigrateError),
    /// The database cannot be reached.
    #[error("PostgreSQL cannot be reached")]
    Database(#[from] sqlx::Error),
}

/// Applies what is missing, in order, each in a transaction, one process at a time; how many there were.
///
/// Whoever needs what a migration locks stands in line behind it, also while it waits itself. So it waits no longer
/// than `lock_wait`, lets the others go first for as long, and is tried again, at most [`TRIES`] times in all.
pub(crate) async fn apply(connection: &mut PgConnection, lock_wait: Duration) -> Result<usize, NotApplied> {
    // Nobody stands behind this one but who migrates too: it may take as long as the other needs.
    connection.lock().await?;
    connection.ensure_migrations_table().await?;
    let before = connection.list_applied_migrations().await?.len();
    // Whoever is frozen in the midst of a migration loses it, as elsewhere.
    sqlx::query(
        "select set_config('lock_timeout', $1, false), set_config('idle_in_transaction_session_timeout', '10s', false)",
    )
    .bind(format!("{}ms", lock_wait.as_millis()))
    .execute(&mut *connection)
    .await?;
    let ran = run(&mut *connection, lock_wait).await;
    // Each try has taken the lock of migrations once more, and kept it if it failed.
    let reset = "reset lock_timeout; reset idle_in_transaction_session_timeout; select pg_advisory_unlock_all()";
    let reset = sqlx::raw_sql(reset).execute(&mut *connection).await;
    ran?;
    reset?;
    Ok(connection.list_applied_migrations().await?.len() - before)
}

/// Runs what is missing, and again where others held it up.
async fn run(connection: &mut PgConnection, lock_wait: Duration) -> Result<(), NotApplied> {
    let mut tries = 1;
    loop {
        match run_once(&mut *connection).await {
            Err(error) if !is_held_up(&error) => return Err(error.into()),
            Err(source) if tries == TRIES => return Err(NotApplied::Locked { tries, lock_wait, source }),
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "a migration lets those go first who hold what it locks");
            }
            Ok(()) => return Ok(()),
        }
        sleep(lock_wait).await;
        tries += 1;
    }
}

async fn run_once(connection: &mut PgConnection) -> Result<(), MigrateError> {
    MIGRATIONS.run(&mut *connection).await?;
    // Serving processes look whether the database is new enough.
    sqlx::raw_sql(
        "grant select on public._sqlx_migrations to hansard_writer, hansard_projector, hansard_sealer, hansard_reader",
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Whether it was over with the wait for a lock.
fn is_held_up(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else { return false };
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some("55P03")
}

/// Fails if a migration of this binary is missing. A database may be ahead of it, while processes are replaced.
pub(crate) async fn check(pool: &PgPool) -> Result<(), NotMigrated> {
    let applied = sqlx::query_scalar::<_, i64>("select version from public._sqlx_migrations where success")
        .fetch_all(pool)
        .await
        .or_else(|error| match error.as_database_error().and_then(DatabaseError::code).as_deref() {
            Some("42P01" | "3F000" | "22023") => Ok(vec![]), // no table, no schema, or not even the role
            _ => Err(error),
        })?;
    let missing = MIGRATIONS.iter().map(|migration| migration.version).find(|version| !applied.contains(version));
    missing.map_or(Ok(()), |version| Err(NotMigrated::Missing(version)))
}
