//! Comparing a table of two schemas: by one hash each, and row by row where the hashes differ.

use std::cmp::Ordering;
use std::fmt;

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::personal;
use crate::rows::TableName;

/// A table's content as one hash: the same wherever the same log was projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableHash {
    /// Its name.
    pub table: String,
    /// How many rows it has that tell something.
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
    /// What serves; none if the row is missing there. Of what is personal a hash stands in the row: nobody comes to read it by
    /// looking whether read models are true.
    pub serving: Option<String>,
    /// What the replay made, likewise; none if it made no such row.
    pub replayed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [serving, replayed] = [&self.serving, &self.replayed].map(|row| row.as_deref().unwrap_or("no such row"));
        write!(f, "{} {}: {serving} serves, a replay makes {replayed}", self.table, self.key)
    }
}

/// A row's key, its text, and how it is told of.
type Compared = (Vec<String>, String, String);

/// Compares a table of two schemas, each seen through a connection of its own, without the words of those who are
/// `hidden`.
pub(super) async fn table(
    table: &TableName,
    serving: (&mut PgConnection, &str),
    replayed: (&mut PgConnection, &str),
    hidden: &[Uuid],
) -> Result<Result<TableHash, Difference>, sqlx::Error> {
    let served = hash(table, serving.0, serving.1, hidden).await?;
    if served == hash(table, replayed.0, replayed.1, hidden).await? {
        return Ok(Ok(served));
    }
    let difference = first_difference(table, serving, replayed, hidden).await?;
    Ok(Err(difference.ok_or_else(|| sqlx::Error::Protocol("hashes differ and rows do not".to_owned()))?))
}

async fn hash(
    table: &TableName,
    connection: &mut PgConnection,
    schema: &str,
    hidden: &[Uuid],
) -> Result<TableHash, sqlx::Error> {
    let (text, order) = (text(table), table.key.join(", "));
    let (name, told) = (table.name, tells(table));
    let sql = format!("select {text} from {schema}.{name} t where $1::uuid[] is not null and {told} order by {order}");
    let (mut hash, mut count) = (Sha256::new(), 0);
    let mut rows = sqlx::query_scalar::<_, String>(&sql).bind(hidden).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        hash.update(row);
        hash.update("\n");
        count += 1;
    }
    Ok(TableHash { table: table.name.to_owned(), rows: count, sha256: hex::encode(hash.finalize()) })
}

/// Which rows of a table tell something. That somebody has no file any more does not, nor that none refers to a blob:
/// of files whose names are gone a replay may never have counted any.
fn tells(table: &TableName) -> &'static str {
    match table.name {
        "file_reference" => "t.files <> 0",
        "file_usage" => "(t.files, t.bytes) <> (0, 0)",
        _ => "true",
    }
}

/// A row as text; of one whose owner is among `$1`, without what is personal.
fn text(table: &TableName) -> String {
    let Some(personal) = personal::of(table.name) else { return "t::text".to_owned() };
    let shown = table.columns.iter().map(|column| match column.name() {
        name if personal.columns.contains(&name) => "null".to_owned(),
        name => format!("t.{name}"),
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    format!("case when t.{} = any($1) then row({shown})::text else t::text end", personal.owner)
}

/// A row as it is told of: what is personal by the first digits of its SHA-256.
fn told(table: &TableName) -> String {
    let Some(personal) = personal::of(table.name) else { return "t::text".to_owned() };
    let told = table.columns.iter().map(|column| match column.name() {
        name if personal.columns.contains(&name) => {
            format!("left(encode(sha256(convert_to(t.{name}::text, 'UTF8')), 'hex'), 8)")
        }
        name => format!("t.{name}"),
    });
    format!("row({})::text", told.collect::<Vec<_>>().join(", "))
}

/// Walks both in the order of their keys' texts, byte by byte, which Rust and PostgreSQL see alike.
async fn first_difference(
    table: &TableName,
    serving: (&mut PgConnection, &str),
    replayed: (&mut PgConnection, &str),
    hidden: &[Uuid],
) -> Result<Option<Difference>, sqlx::Error> {
    let key: Vec<_> = table.key.iter().map(|column| format!("{column}::text")).collect();
    let order: Vec<_> = key.iter().map(|text| format!("{text} collate \"C\"")).collect();
    let sql = |schema| {
        let (key, text, told, order) = (key.join(", "), text(table), told(table), order.join(", "));
        let (name, all) = (table.name, format!("$1::uuid[] is not null and {}", tells(table)));
        format!("select array[{key}], {text}, {told} from {schema}.{name} t where {all} order by {order}")
    };
    let (of_serving, of_replayed) = (sql(serving.1), sql(replayed.1));
    let mut left = sqlx::query_as::<_, Compared>(&of_serving).bind(hidden).fetch(serving.0);
    let mut right = sqlx::query_as::<_, Compared>(&of_replayed).bind(hidden).fetch(replayed.0);
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
            (Some((left, ..)), Some((right, ..))) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let (serving, replayed) = match order {
            Ordering::Less => (serving, None),
            Ordering::Equal => (serving, replayed),
            Ordering::Greater => (None, replayed),
        };
        let key = serving.as_ref().or(replayed.as_ref()).map_or_else(String::new, |(key, ..)| describe(table, key));
        let [serving, replayed] = [serving, replayed].map(|row| row.map(|(.., told)| told));
        return Ok(Some(Difference { table: table.name.to_owned(), key, serving, replayed }));
    }
}

fn describe(table: &TableName, key: &[String]) -> String {
    let parts: Vec<_> = table.key.iter().zip(key).map(|(column, value)| format!("{column}={value}")).collect();
    parts.join(" ")
}
