//! Beginning a transaction.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgTransactionManager};
use sqlx::{PgPool, Postgres, TransactionManager};

use crate::in_time::in_time;

/// How a transaction begins that holds what others wait for. Whoever is frozen in the midst of one, or whose machine is, has
/// lost it after this long: else nobody could go on until it does.
pub const BEGIN: &str = "begin; set local idle_in_transaction_session_timeout = '10s'";

/// A transaction on a connection of a pool. One that is dropped is rolled back before anybody else has the connection.
pub struct Transaction {
    connection: PoolConnection<Postgres>,
    is_open: bool,
}

/// A transaction on a connection of the pool, begun by `statement`. May be dropped at any point.
///
/// sqlx takes a connection for free whose beginning was dropped half way, and hands it out again with the transaction
/// that nobody ends: its locks, its snapshot. So what is begun runs to its end, whether or not anybody waits for it. Where
/// the database says nothing for long, the connection is closed.
pub async fn begin(pool: &PgPool, statement: impl Into<Cow<'static, str>>) -> Result<Transaction, sqlx::Error> {
    let (pool, statement) = (pool.clone(), statement.into());
    #[expect(clippy::disallowed_methods, reason = "this one ends by itself, and a process that stops may leave it")]
    let begun = tokio::spawn(async move {
        let mut connection = pool.acquire().await?;
        match in_time(PgTransactionManager::begin(&mut connection, Some(statement))).await {
            Ok(()) => Ok(Transaction { connection, is_open: true }),
            Err(error) => {
                drop(connection.detach());
                Err(error)
            }
        }
    });
    begun.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
}

impl Transaction {
    /// Makes what was done in it so.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        PgTransactionManager::commit(&mut self.connection).await?;
        self.is_open = false;
        Ok(())
    }

    /// Ends it as if nothing had been done.
    pub async fn rollback(mut self) -> Result<(), sqlx::Error> {
        PgTransactionManager::rollback(&mut self.connection).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            PgTransactionManager::start_rollback(&mut self.connection);
        }
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
