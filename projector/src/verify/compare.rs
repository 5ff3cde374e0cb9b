//! Comparing a table of two schemas: by one hash each, and row by row where the hashes differ.

use std::cmp::Ordering;
use std::fmt;

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::rows::TableName;

/// A table's content as one hash: the same wherever the same log was projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableHash {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256, in hex, of its rows in the order of their primary keys: each row's text as PostgreSQL writes it, ended
    /// by a line feed.
    pub sha256: String,
}

/// A row that is not what a replay of the log makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its table.
    pub table: String,
    /// Its primary key.
    pub key: String,
    /// What serves; none if the row is missing there.
    pub serving: Option<String>,
    /// What the replay made; none if it made no such row.
    pub replayed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [serving, replayed] = [&self.serving, &self.replayed].map(|row| row.as_deref().unwrap_or("no such row"));
        write!(f, "{} {}: {serving} serves, a replay makes {replayed}", self.table, self.key)
    }
}

/// Compares a table of two schemas, each seen through a connection of its own.
pub(super) async fn table(
    table: &TableName,
    serving: (&mut PgConnection, &str),
    replayed: (&mut PgConnection, &str),
) -> Result<Result<TableHash, Difference>, sqlx::Error> {
    let (hash, other) = (hash(table, serving.0, serving.1).await?, hash(table, replayed.0, replayed.1).await?);
    if hash == other {
        return Ok(Ok(hash));
    }
    let difference = first_difference(table, serving, replayed).await?;
    Ok(Err(difference.ok_or_else(|| sqlx::Error::Protocol("hashes differ and rows do not".to_owned()))?))
}

async fn hash(table: &TableName, connection: &mut PgConnection, schema: &str) -> Result<TableHash, sqlx::Error> {
    let sql = format!("select t::text from {schema}.{} t order by {}", table.name, table.key.join(", "));
    let (mut hash, mut count) = (Sha256::new(), 0);
    let mut rows = sqlx::query_scalar::<_, String>(&sql).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        hash.update(row);
        hash.update("\n");
        count += 1;
    }
    Ok(TableHash { table: table.name.to_owned(), rows: count, sha256: hex::encode(hash.finalize()) })
}

/// Walks both in the order of their keys' texts, byte by byte, which Rust and PostgreSQL see alike.
async fn first_difference(
    table: &TableName,
    serving: (&mut PgConnection, &str),
    replayed: (&mut PgConnection, &str),
) -> Result<Option<Difference>, sqlx::Error> {
    let key: Vec<_> = table.key.iter().map(|column| format!("{column}::text")).collect();
    let order: Vec<_> = key.iter().map(|text| format!("{text} collate \"C\"")).collect();
    let sql = |schema| {
        let (key, order) = (key.join(", "), order.join(", "));
        format!("select array[{key}], t::text from {schema}.{} t order by {order}", table.name)
    };
    let (of_serving, of_replayed) = (sql(serving.1), sql(replayed.1));
    let mut left = sqlx::query_as::<_, (Vec<String>, String)>(&of_serving).fetch(serving.0);
    let mut right = sqlx::query_as::<_, (Vec<String>, String)>(&of_replayed).fetch(replayed.0);
    loop {
        let (serving, replayed) = (left.try_next().await?, right.try_next().await?);
        if serving == replayed {
            if serving.is_none() {
                return Ok(None);
            }
            continue;
        }
        // The row with the smaller key has no counterpart.
        let order = match (&serving, &replayed) {
            (Some((left, _)), Some((right, _))) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let (serving, replayed) = match order {
            Ordering::Less => (serving, None),
            Ordering::Equal => (serving, replayed),
            Ordering::Greater => (None, replayed),
        };
        let key = serving.as_ref().or(replayed.as_ref()).map_or_else(String::new, |(key, _)| describe(table, key));
        let [serving, replayed] = [serving, replayed].map(|row| row.map(|(_, text)| text));
        return Ok(Some(Difference { table: table.name.to_owned(), key, serving, replayed }));
    }
}

fn describe(table: &TableName, key: &[String]) -> String {
    let parts: Vec<_> = table.key.iter().zip(key).map(|(column, value)| format!("{column}={value}")).collect();
    parts.join(" ")
}
