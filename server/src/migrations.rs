//! The migrations that this binary holds, and whether a database has had them.

use sqlx::error::DatabaseError;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};

/// `migrations/*.sql`; the tables of read models, in a folder below it, are the projector's.
static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

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

/// Applies what is missing, in order, each in a transaction, one process at a time; how many there were.
pub(crate) async fn apply(connection: &mut PgConnection) -> Result<usize, MigrateError> {
    connection.ensure_migrations_table().await?;
    let before = connection.list_applied_migrations().await?.len();
    MIGRATIONS.run(&mut *connection).await?;
    // Serving processes look whether the database is new enough.
    sqlx::raw_sql(
        "grant select on public._sqlx_migrations to hansard_writer, hansard_projector, hansard_sealer, hansard_reader",
    )
    .execute(&mut *connection)
    .await?;
    Ok(connection.list_applied_migrations().await?.len() - before)
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
