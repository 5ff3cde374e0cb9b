//! The statements that load, remove and store rows, made of their columns.

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgConnection};

use super::row::{Column, Keyed, Row};

/// How a copy in binary form begins: its signature, then that it has no flags and no more of a header.
const COPY_BEGIN: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands where a row would tell how many fields it has.
const COPY_END: [u8; 2] = (-1_i16).to_be_bytes();

/// How a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// In the place of what has its key, if anything has.
    Put,
    /// As a new row.
    Made,
    /// Added to what has its key.
    Added,
}

/// `limit 1` under `lateral` leaves one plan, whatever the statistics say: a probe of the primary key for each row.
pub(super) fn load_statement<R: Keyed>(schema: &str) -> String {
    let table = R::TABLE;
    format!(
        "select found.* from {} cross join lateral (select t.* from {schema}.{table} t where {} limit 1) found",
        keys::<R>(),
        same::<R>(),
    )
}

/// The same plan: each row is found by its key, then removed by its place.
fn remove_statement<R: Keyed>(schema: &str) -> String {
    let table = R::TABLE;
    format!(
        "delete from {schema}.{table} where ctid = any(array(select found.ctid from {} \
         cross join lateral (select t.ctid from {schema}.{table} t where {} limit 1) found))",
        keys::<R>(),
        same::<R>(),
    )
}

/// The wanted keys as rows: `unnest(...) as k (...)`.
fn keys<R: Keyed>() -> String {
    let arrays: Vec<_> =
        (1..).zip(R::KEY_COLUMNS).map(|(place, column)| format!("${place}::{}[]", column.wire)).collect();
    format!("unnest({}) as k ({})", arrays.join(", "), R::KEY.join(", "))
}

fn same<R: Keyed>() -> String {
    let same: Vec<_> = R::KEY.iter().map(|column| format!("t.{column} = k.{column}")).collect();
    same.join(" and ")
}

/// Its arrays are the parameters after the first `bound`.
fn store_statement<R: Row>(schema: &str, written: Written, bound: usize) -> String {
    let (mut names, mut arrays, mut values, mut changes) = (vec![], vec![], vec![], vec![]);
    for (place, column) in (bound + 1..).zip(R::COLUMNS) {
        let name = column.name();
        names.push(name);
        arrays.push(format!("unnest(${place}::{}[]) as {name}", column.wire));
        values.push(format!("r.{name}{}", column.cast));
        if !R::KEY.contains(&name) {
            let before = if written == Written::Added { format!("t.{name} + ") } else { String::new() };
            changes.push(format!("{name} = {before}excluded.{name}"));
        }
    }
    let (names, values, arrays, table) = (names.join(", "), values.join(", "), arrays.join(", "), R::TABLE);
    // Taken apart where they are selected, arrays give row after row; in `from` each is first put into a table of its own.
    let insert = format!("insert into {schema}.{table} as t ({names}) select {values} from (select {arrays}) as r");
    if written == Written::Made {
        return insert;
    }
    format!("{insert} on conflict ({}) do update set {}", R::KEY.join(", "), changes.join(", "))
}

/// The statement that copies new rows, and what it copies.
fn copied<R: Row>(rows: &[&R], schema: &str) -> (String, Vec<u8>) {
    let names: Vec<_> = R::COLUMNS.iter().map(Column::name).collect();
    let statement = format!("copy {schema}.{} ({}) from stdin with (format binary)", R::TABLE, names.join(", "));
    let mut data = COPY_BEGIN.to_vec();
    for row in rows {
        row.copy(&mut data);
    }
    data.extend(COPY_END);
    (statement, data)
}

/// Writes to several tables, none of which another looks at, in one round trip, and one or some more for each table whose
/// rows are removed or copied.
#[derive(Default)]
pub(crate) struct Writes {
    /// So many new rows of a table are copied, and fewer are not; none is if this is nothing.
    copied_from: Option<usize>,
    /// What is removed before, a round trip for each table.
    removals: Vec<(String, PgArguments)>,
    /// What is copied before.
    copies: Vec<(String, Vec<u8>)>,
    statements: Vec<String>,
    arguments: PgArguments,
}

impl Writes {
    /// Copies the new rows of a table if there are so many.
    pub(crate) fn copying(from: usize) -> Self {
        Self { copied_from: Some(from), ..Self::default() }
    }

    pub(super) fn remove<R: Keyed>(&mut self, keys: &[R::Key], schema: &str) -> Result<(), sqlx::Error> {
        let arguments = R::bind_keys(keys).map_err(sqlx::Error::Encode)?;
        self.removals.push((remove_statement::<R>(schema), arguments));
        Ok(())
    }

    pub(super) fn add<R: Row>(&mut self, rows: &[&R], written: Written, schema: &str) -> Result<(), sqlx::Error> {
        if written == Written::Made && self.copied_from.is_some_and(|from| rows.len() >= from) && !rows.is_empty() {
            self.copies.push(copied(rows, schema));
        } else if !rows.is_empty() {
            self.statements.push(store_statement::<R>(schema, written, self.arguments.len()));
            R::bind(rows, &mut self.arguments).map_err(sqlx::Error::Encode)?;
        }
        Ok(())
    }

    /// Adds what comes last: a statement whose parameters are those after the first so many, and its parameters.
    pub(crate) fn finish(
        &mut self,
        statement: impl FnOnce(usize) -> String,
        bind: impl FnOnce(&mut PgArguments) -> Result<(), BoxDynError>,
    ) -> Result<(), sqlx::Error> {
        self.statements.push(statement(self.arguments.len()));
        bind(&mut self.arguments).map_err(sqlx::Error::Encode)
    }

    /// Writes all of it; how many rows the last statement wrote.
    pub(crate) async fn execute(mut self, connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
        for (statement, arguments) in self.removals {
            sqlx::query_with(&statement, arguments).execute(&mut *connection).await?;
        }
        for (statement, data) in self.copies {
            let mut copy = connection.copy_in_raw(&statement).await?;
            copy.send(data).await?;
            copy.finish().await?;
        }
        let Some(last) = self.statements.pop() else { return Ok(0) };
        let others = (0..).zip(&self.statements).map(|(place, statement)| format!("write_{place} as ({statement})"));
        let others = others.collect::<Vec<_>>().join(", ");
        let statement = if others.is_empty() { last } else { format!("with {others} {last}") };
        Ok(sqlx::query_with(&statement, self.arguments).execute(connection).await?.rows_affected())
    }
}
