//! The statements that load, remove and store rows, made of their columns.

use super::row::{Keyed, Row};

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
pub(super) fn remove_statement<R: Keyed>(schema: &str) -> String {
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

pub(super) fn store_statement<R: Row>(schema: &str, written: Written) -> String {
    let (mut names, mut arrays, mut values, mut changes) = (vec![], vec![], vec![], vec![]);
    for (place, column) in (1..).zip(R::COLUMNS) {
        let name = column.name();
        names.push(name);
        arrays.push(format!("${place}::{}[]", column.wire));
        values.push(format!("r.{name}{}", column.cast));
        if !R::KEY.contains(&name) {
            let before = if written == Written::Added { format!("t.{name} + ") } else { String::new() };
            changes.push(format!("{name} = {before}excluded.{name}"));
        }
    }
    let (names, values, arrays, table) = (names.join(", "), values.join(", "), arrays.join(", "), R::TABLE);
    let insert =
        format!("insert into {schema}.{table} as t ({names}) select {values} from unnest({arrays}) as r ({names})");
    if written == Written::Made {
        return insert;
    }
    format!("{insert} on conflict ({}) do update set {}", R::KEY.join(", "), changes.join(", "))
}
