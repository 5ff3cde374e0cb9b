//! Beginning a transaction.

use std::borrow::Cow;

use sqlx::{PgPool, Postgres, Transaction};

/// A transaction on a connection of the pool, begun by `statement`. May be dropped at any point.
///
/// sqlx takes a connection for free whose beginning was dropped half way, and hands it out again with the transaction
/// that nobody ends: its locks, its snapshot. So what is begun runs to its end, whether or not anybody waits for it.
pub async fn begin(
    pool: &PgPool,
    statement: impl Into<Cow<'static, str>>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let (pool, statement) = (pool.clone(), statement.into());
    #[expect(clippy::disallowed_methods, reason = "this one ends by itself, and a process that stops may leave it")]
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    begun.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
}
