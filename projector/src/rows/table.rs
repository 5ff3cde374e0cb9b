//! One table's rows in memory, for one batch: loaded in one statement, stored in one with others.

use std::borrow::Borrow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::row::{Keyed, Row};
use super::statement::{Writes, Written, load_statement};
use crate::projection::Poison;

/// The rows of one table that a batch touches. Several changes of a row are one write.
#[derive(Debug)]
pub(crate) struct Table<R: Keyed> {
    wanted: HashSet<R::Key>,
    place: HashMap<R::Key, usize>,
    slots: Vec<Slot<R>>,
    /// What leaves the table, if it is there, before anything is written.
    removed: HashSet<R::Key>,
}

#[derive(Debug)]
struct Slot<R> {
    row: R,
    /// How the row is written in the end; none if it is not.
    written: Option<Written>,
}

impl<R: Keyed> Default for Table<R> {
    fn default() -> Self {
        Self { wanted: HashSet::new(), place: HashMap::new(), slots: Vec::new(), removed: HashSet::new() }
    }
}

impl<R: Keyed> Table<R> {
    /// Asks for the row to be loaded before the batch is projected.
    pub(crate) fn want(&mut self, key: R::Key) {
        self.wanted.insert(key);
    }

    /// Whether the row is here: loaded or made. One that was not wanted may be in the table nevertheless.
    pub(crate) fn has(&self, key: impl Borrow<R::Key>) -> bool {
        self.place.contains_key(key.borrow())
    }

    /// The row; none if there is none here.
    pub(crate) fn get(&self, key: impl Borrow<R::Key>) -> Option<&R> {
        self.place.get(key.borrow()).map(|place| &self.slots[*place].row)
    }

    /// The rows that are here, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &R> {
        self.place.values().map(|place| &self.slots[*place].row)
    }

    /// The row, to be changed; none if there is none.
    pub(crate) fn change(&mut self, key: impl Borrow<R::Key>) -> Option<&mut R> {
        let slot = &mut self.slots[*self.place.get(key.borrow())?];
        slot.changed();
        Some(&mut slot.row)
    }

    /// The row, to be changed; made if there is none.
    pub(crate) fn change_or_make(&mut self, key: R::Key, make: impl FnOnce() -> R) -> &mut R {
        let place = *self.place.entry(key).or_insert_with(|| {
            self.slots.push(Slot { row: make(), written: Some(Written::Made) });
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
                self.slots.push(Slot { row, written: Some(Written::Made) });
                Ok(())
            }
        }
    }

    /// Puts a row in the place of whatever has its key.
    pub(crate) fn put(&mut self, row: R) {
        let slot = Slot { row, written: Some(Written::Put) };
        if let Some(place) = self.place.get(&slot.row.key()) {
            self.slots[*place] = slot;
        } else {
            self.place.insert(slot.row.key(), self.slots.len());
            self.slots.push(slot);
        }
    }

    /// Takes a row away; it need not have been wanted, nor be there. It may be made again.
    pub(crate) fn remove(&mut self, key: R::Key) {
        if let Some(place) = self.place.remove(&key) {
            self.slots[place].written = None;
        }
        self.removed.insert(key);
    }

    /// Loads the rows that are wanted.
    pub(crate) async fn load(&mut self, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = self.wanted.drain().collect();
        let arguments = R::bind_keys(&keys).map_err(sqlx::Error::Encode)?;
        for row in sqlx::query_as_with::<_, R, _>(&load_statement::<R>(schema), arguments).fetch_all(connection).await?
        {
            self.place.insert(row.key(), self.slots.len());
            self.slots.push(Slot { row, written: None });
        }
        Ok(())
    }

    /// Has the rows removed that were removed, then those written that were changed and made.
    pub(crate) fn write(&self, writes: &mut Writes, schema: &str) -> Result<(), sqlx::Error> {
        if !self.removed.is_empty() {
            writes.remove::<R>(&self.removed.iter().cloned().collect::<Vec<_>>(), schema)?;
        }
        for written in [Written::Made, Written::Put] {
            let rows = self.slots.iter().filter(|slot| slot.written == Some(written)).map(|slot| &slot.row);
            writes.add(&rows.collect::<Vec<_>>(), written, schema)?;
        }
        Ok(())
    }
}

impl<R> Slot<R> {
    fn changed(&mut self) {
        self.written.get_or_insert(Written::Put);
    }
}

/// Rows whose columns besides the key are sums: what a batch adds to them is written without looking at what is there.
#[derive(Debug)]
pub(crate) struct Sums<R: Keyed> {
    rows: HashMap<R::Key, R>,
}

impl<R: Keyed> Default for Sums<R> {
    fn default() -> Self {
        Self { rows: HashMap::new() }
    }
}

impl<R: Keyed> Sums<R> {
    /// What the batch adds to a row so far; at first what `nothing` is. Also where it comes to nothing, the row is there
    /// from then on: it does not matter how events fall into batches.
    pub(crate) fn add(&mut self, key: R::Key, nothing: impl FnOnce() -> R) -> &mut R {
        self.rows.entry(key).or_insert_with(nothing)
    }

    /// Has the sums written.
    pub(crate) fn write(&self, writes: &mut Writes, schema: &str) -> Result<(), sqlx::Error> {
        writes.add(&self.rows.values().collect::<Vec<_>>(), Written::Added, schema)
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

    /// Has the rows written.
    pub(crate) fn write(&self, writes: &mut Writes, schema: &str) -> Result<(), sqlx::Error> {
        writes.add(&self.rows.iter().collect::<Vec<_>>(), Written::Made, schema)
    }
}
