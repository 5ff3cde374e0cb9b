//! One table's rows in memory, for one batch: loaded in one statement, stored in one.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgConnection};
use uuid::Uuid;

use super::row::{Keyed, Row};
use crate::projection::Poison;

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
    written: Written,
}

/// How a row is written in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// Not at all.
    Not,
    /// In the place of what has its key, if anything has.
    Put,
    /// As a new row.
    Made,
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

    /// Whether the row is here: loaded or made. One that was not wanted may be in the table nevertheless.
    pub(crate) fn has(&self, key: R::Key) -> bool {
        self.place.contains_key(&key)
    }

    /// The row, to be changed; none if there is none.
    pub(crate) fn change(&mut self, key: R::Key) -> Option<&mut R> {
        let slot = &mut self.slots[*self.place.get(&key)?];
        slot.changed();
        Some(&mut slot.row)
    }

    /// The row, to be changed; made if there is none.
    pub(crate) fn change_or_make(&mut self, key: R::Key, make: impl FnOnce() -> R) -> &mut R {
        let place = *self.place.entry(key).or_insert_with(|| {
            self.slots.push(Slot { row: make(), written: Written::Made });
            self.slots.len() - 1
        });
        let slot = &mut self.slots[place];
        slot.changed();
        &mut slot.row
    }

    /// Makes a row that is not there, neither here nor in the table: which refuses the batch if it is.
    pub(crate) fn make(&mut self, row: R) -> Result<(), Poison> {
        match self.place.entry(row.key()) {
            Entry::Occupied(_) => Err(Poison::MadeBefore),
            Entry::Vacant(place) => {
                place.insert(self.slots.len());
                self.slots.push(Slot { row, written: Written::Made });
                Ok(())
            }
        }
    }

    /// Puts a row in the place of whatever has its key.
    pub(crate) fn put(&mut self, row: R) {
        let slot = Slot { row, written: Written::Put };
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
            self.slots.push(Slot { row, written: Written::Not });
        }
        Ok(())
    }

    /// Writes the rows that were changed and made.
    pub(crate) async fn store(&self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
        for written in [Written::Made, Written::Put] {
            let rows = self.slots.iter().filter(|slot| slot.written == written).map(|slot| &slot.row);
            store(&rows.collect::<Vec<_>>(), written, connection, schema).await?;
        }
        Ok(())
    }
}

impl<R> Slot<R> {
    fn changed(&mut self) {
        if self.written == Written::Not {
            self.written = Written::Put;
        }
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
        store(&self.rows.iter().collect::<Vec<_>>(), Written::Made, connection, schema).await
    }
}

async fn store<R: Row>(
    rows: &[&R],
    written: Written,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let arguments = R::bind(rows).map_err(sqlx::Error::Encode)?;
    sqlx::query_with(&store_statement::<R>(schema, written), arguments).execute(connection).await?;
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

fn store_statement<R: Row>(schema: &str, written: Written) -> String {
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
    let (names, values, arrays, table) = (names.join(", "), values.join(", "), arrays.join(", "), R::TABLE);
    let insert = format!("insert into {schema}.{table} ({names}) select {values} from unnest({arrays}) as r ({names})");
    if written == Written::Made {
        return insert;
    }
    format!("{insert} on conflict ({}) do update set {}", R::KEY.join(", "), changes.join(", "))
}
