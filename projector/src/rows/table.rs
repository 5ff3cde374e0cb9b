//! One table's rows in memory, for one batch: loaded in one statement, stored in one.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgConnection};
use uuid::Uuid;

use super::row::{Keyed, Row};

/// The rows of one table that a batch touches. Several changes of a row are one write.
#[derive(Debug)]
pub(crate) struct Table<R: Keyed> {
    wanted: HashSet<R::Key>,
    place: HashMap<R::Key, usize>,
    slots: Vec<Slot<R>>,
}

#[derive(Debug)]
struct Slot<R> {
    row: R,
    changed: bool,
}

impl<R: Keyed> Default for Table<R> {
    fn default() -> Self {
        Self { wanted: HashSet::new(), place: HashMap::new(), slots: Vec::new() }
    }
}

impl<R: Keyed> Table<R> {
    /// Asks for the row to be loaded before the batch is projected.
    pub(crate) fn want(&mut self, key: R::Key) {
        self.wanted.insert(key);
    }

    /// The row, to be changed; none if there is none.
    pub(crate) fn change(&mut self, key: R::Key) -> Option<&mut R> {
        let slot = &mut self.slots[*self.place.get(&key)?];
        slot.changed = true;
        Some(&mut slot.row)
    }

    /// The row, to be changed; made if there is none.
    pub(crate) fn change_or_make(&mut self, key: R::Key, make: impl FnOnce() -> R) -> &mut R {
        let place = *self.place.entry(key).or_insert_with(|| {
            self.slots.push(Slot { row: make(), changed: true });
            self.slots.len() - 1
        });
        let slot = &mut self.slots[place];
        slot.changed = true;
        &mut slot.row
    }

    /// Puts a row in the place of whatever has its key.
    pub(crate) fn put(&mut self, row: R) {
        let slot = Slot { row, changed: true };
        if let Some(place) = self.place.get(&slot.row.key()) {
            self.slots[*place] = slot;
        } else {
            self.place.insert(slot.row.key(), self.slots.len());
            self.slots.push(slot);
        }
    }

    /// Loads the rows that are wanted.
    pub(crate) async fn load(&mut self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = self.wanted.drain().collect();
        let mut arguments = PgArguments::default();
        for part in 0..R::KEY.len() {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.as_ref()[part]).collect();
            arguments.add(ids).map_err(sqlx::Error::Encode)?;
        }
        for row in sqlx::query_as_with::<_, R, _>(&load_statement::<R>(schema), arguments).fetch_all(connection).await?
        {
            self.place.insert(row.key(), self.slots.len());
            self.slots.push(Slot { row, changed: false });
        }
        Ok(())
    }

    /// Writes the rows that were changed.
    pub(crate) async fn store(&self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
        let changed: Vec<_> = self.slots.iter().filter(|slot| slot.changed).map(|slot| &slot.row).collect();
        store(&changed, connection, schema).await
    }
}

/// Rows that are only ever added, each once.
#[derive(Debug)]
pub(crate) struct Added<R> {
    rows: Vec<R>,
}

impl<R> Default for Added<R> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<R: Row> Added<R> {
    pub(crate) fn add(&mut self, row: R) {
        self.rows.push(row);
    }

    /// Writes the rows.
    pub(crate) async fn store(&self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
        store(&self.rows.iter().collect::<Vec<_>>(), connection, schema).await
    }
}

async fn store<R: Row>(rows: &[&R], connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let arguments = R::bind(rows).map_err(sqlx::Error::Encode)?;
    sqlx::query_with(&store_statement::<R>(schema), arguments).execute(connection).await?;
    Ok(())
}

/// `limit 1` under `lateral` leaves one plan, whatever the statistics say: a probe of the primary key for each row.
fn load_statement<R: Keyed>(schema: &str) -> String {
    let mut arrays = String::new();
    for part in 1..=R::KEY.len() {
        let _ = write!(arrays, "{}${part}::uuid[]", if part == 1 { "" } else { ", " });
    }
    let same: Vec<_> = R::KEY.iter().map(|column| format!("t.{column} = k.{column}")).collect();
    let table = R::TABLE;
    format!(
        "select found.* from unnest({arrays}) as k ({}) \
         cross join lateral (select t.* from {schema}.{table} t where {} limit 1) found",
        R::KEY.join(", "),
        same.join(" and "),
    )
}

fn store_statement<R: Row>(schema: &str) -> String {
    let (mut names, mut arrays, mut values, mut changes) = (vec![], vec![], vec![], vec![]);
    for (place, column) in (1..).zip(R::COLUMNS) {
        let name = column.name();
        names.push(name);
        arrays.push(format!("${place}::{}[]", column.wire));
        values.push(format!("r.{name}{}", column.cast));
        if !R::KEY.contains(&name) {
            changes.push(format!("{name} = excluded.{name}"));
        }
    }
    let (names, table) = (names.join(", "), R::TABLE);
    format!(
        "insert into {schema}.{table} ({names}) select {} from unnest({}) as r ({names}) \
         on conflict ({}) do update set {}",
        values.join(", "),
        arrays.join(", "),
        R::KEY.join(", "),
        changes.join(", "),
    )
}
