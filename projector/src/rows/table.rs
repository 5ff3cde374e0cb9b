//! One table's rows in memory, for one batch, or some of them for the next too: loaded in one statement, stored in one
//! with others.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::row::{Keyed, Row};
use super::statement::{Writes, Written, load_statement};
use crate::projection::Poison;

/// Rows that are kept for the next batch; with more of them it is begun anew.
const MOST_KEPT: usize = 65_536;

/// The rows of one table that a batch touches. Several changes of a row are one write.
#[derive(Debug)]
pub(crate) struct Table<R: Keyed> {
    wanted: HashSet<R::Key>,
    place: HashMap<R::Key, usize>,
    slots: Vec<Slot<R>>,
    /// Places of the rows that are to be written.
    changed: Vec<usize>,
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
        Self {
            wanted: HashSet::new(),
            place: HashMap::new(),
            slots: Vec::new(),
            changed: Vec::new(),
            removed: HashSet::new(),
        }
    }
}

impl<R: Keyed> Table<R> {
    /// Asks for the row to be loaded before the batch is projected, unless it is here.
    pub(crate) fn want(&mut self, key: R::Key) {
        if !self.place.contains_key(&key) {
            self.wanted.insert(key);
        }
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
        let place = *self.place.get(key.borrow())?;
        Some(self.changed(place))
    }

    /// The row, to be changed; made if there is none.
    pub(crate) fn change_or_make(&mut self, key: R::Key, make: impl FnOnce() -> R) -> &mut R {
        let place = match self.place.get(&key) {
            Some(place) => *place,
            None => self.add(key, make(), Some(Written::Made)),
        };
        self.changed(place)
    }

    /// Makes a row that is not there, neither here nor in the table: which refuses the batch if it is.
    pub(crate) fn make(&mut self, row: R) -> Result<(), Poison> {
        let key = row.key();
        if self.place.contains_key(&key) {
            return Err(Poison::MadeBefore);
        }
        self.add(key, row, Some(Written::Made));
        Ok(())
    }

    /// Puts a row in the place of whatever has its key.
    pub(crate) fn put(&mut self, row: R) {
        let key = row.key();
        if let Some(place) = self.place.get(&key).copied() {
            *self.changed(place) = row;
            self.slots[place].written = Some(Written::Put);
        } else {
            self.add(key, row, Some(Written::Put));
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
            self.add(row.key(), row, None);
        }
        Ok(())
    }

    /// Has the rows removed that were removed, then those written that were changed and made.
    pub(crate) fn write(&self, writes: &mut Writes, schema: &str) -> Result<(), sqlx::Error> {
        if !self.removed.is_empty() {
            writes.remove::<R>(&self.removed.iter().cloned().collect::<Vec<_>>(), schema)?;
        }
        for written in [Written::Made, Written::Put] {
            let changed = self.changed.iter().map(|place| &self.slots[*place]);
            let rows = changed.filter(|slot| slot.written == Some(written)).map(|slot| &slot.row);
            writes.add(&rows.collect::<Vec<_>>(), written, schema)?;
        }
        Ok(())
    }

    /// The rows as they are in the table, once what was to be written is: for the next batch, if nobody else changes them.
    pub(crate) fn kept(mut self) -> Self {
        if self.slots.len() > MOST_KEPT {
            return Self::default();
        }
        for place in self.changed.drain(..) {
            self.slots[place].written = None;
        }
        self.removed.clear();
        self
    }

    fn add(&mut self, key: R::Key, row: R, written: Option<Written>) -> usize {
        let place = self.slots.len();
        self.place.insert(key, place);
        self.slots.push(Slot { row, written });
        self.changed.extend(written.map(|_| place));
        place
    }

    /// The row at a place, which is to be written.
    fn changed(&mut self, place: usize) -> &mut R {
        let slot = &mut self.slots[place];
        if slot.written.is_none() {
            slot.written = Some(Written::Put);
            self.changed.push(place);
        }
        &mut slot.row
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{MOST_KEPT, Table, Written};
    use crate::rooms::RoomActivity;

    fn room(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    fn table(rooms: usize) -> Table<RoomActivity> {
        let mut table = Table::default();
        for number in 0..rooms {
            table.change_or_make([room(number)], || RoomActivity::none(room(number)));
        }
        table
    }

    fn written(table: &Table<RoomActivity>) -> Vec<(Uuid, Option<Written>)> {
        table.changed.iter().map(|place| (table.slots[*place].row.room_id, table.slots[*place].written)).collect()
    }

    #[test]
    fn what_is_kept_is_neither_loaded_nor_written_again_but_where_it_changes() {
        let mut table = table(2);
        assert_eq!(written(&table), [(room(0), Some(Written::Made)), (room(1), Some(Written::Made))]);
        table = table.kept();
        assert_eq!(written(&table), []);
        table.want([room(1)]);
        table.want([room(2)]);
        assert_eq!(table.wanted.iter().collect::<Vec<_>>(), [&[room(2)]]);
        for _ in 0..2 {
            table.change_or_make([room(1)], || RoomActivity::none(room(1))).message_count += 1;
        }
        assert_eq!(written(&table), [(room(1), Some(Written::Put))]);
        assert_eq!(table.kept().get([room(1)]).map(|activity| activity.message_count), Some(2));
    }

    #[test]
    fn as_many_are_kept_as_there_is_room_for() {
        assert!(table(MOST_KEPT).kept().has([room(0)]));
        assert!(!table(MOST_KEPT + 1).kept().has([room(0)]));
    }
}
