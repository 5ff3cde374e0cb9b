//! Rotation of the master key: what older versions wrap is wrapped again by the newest.

use std::collections::HashMap;

use super::{KeyError, Keyring, Row};
use crate::in_time::in_time;

/// Keys that are gone through in one step.
const PAGE: i64 = 500;

/// What a rotation came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// How many keys were wrapped anew.
    pub keys: u64,
    /// The names of those that do not open with what wraps them, and stay as they are: what they sealed is lost.
    pub damaged: Vec<String>,
}

/// Keys as they were and as the newest version wraps them.
#[derive(Default)]
struct Rewrapped {
    names: Vec<String>,
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
    /// How many of them are damaged, and only said to be of the newest version.
    as_they_were: u64,
}

impl Rewrapped {
    fn leave(&mut self, row: &Row, newest: i32) {
        let (Some(wrapped), Some(version)) = (&row.wrapped, row.master_version) else { return };
        if version < newest {
            self.names.push(row.name.clone());
            self.old.push(wrapped.clone());
            self.new.push(wrapped.clone());
            self.as_they_were += 1;
        }
    }
}

impl Keyring {
    /// Wraps every surviving key that an older version of the master key wraps with the newest, and tries all others.
    ///
    /// Needs both versions at hand, and may run beside live servers that have both. Costs a read of all keys.
    pub async fn rotate(&self) -> Result<Rotated, KeyError> {
        let (mut rotated, mut after) = (Rotated::default(), String::new());
        loop {
            let page = sqlx::query_as::<_, Row>(
                "select name, wrapped, master_version from keys.key \
                 where name > $1 and wrapped is not null order by name limit $2",
            );
            let page = in_time(page.bind(&after).bind(PAGE).fetch_all(&self.inner.pool)).await?;
            let Some(last) = page.last() else { return Ok(rotated) };
            after.clone_from(&last.name);
            let names = page.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
            let rows = self.with_wrapping(&names).await?;
            let mut rewrapped = Rewrapped::default();
            for row in page {
                let tried = match self.rewrap(&row, &rows, &mut rewrapped) {
                    Ok(()) => Ok(()),
                    Err(error) => Err(self.blame(error).await),
                };
                match tried {
                    // What a damaged key wraps is told of by that one's name.
                    Err(KeyError::DamagedKey(name)) if name == row.name => {
                        // Damaged it stays, and is not to wait for the older version once that is gone.
                        rewrapped.leave(&row, self.inner.master.newest());
                        rotated.damaged.push(name);
                    }
                    Ok(()) | Err(KeyError::DamagedKey(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            let as_they_were = rewrapped.as_they_were;
            rotated.keys += self.store(rewrapped).await?.saturating_sub(as_they_were);
        }
    }

    /// Opens a key, and wraps it again if an older version of the master key wraps it.
    fn rewrap(&self, row: &Row, rows: &HashMap<String, Row>, rewrapped: &mut Rewrapped) -> Result<(), KeyError> {
        let Some(wrapped) = &row.wrapped else { return Ok(()) };
        let Some(version) = row.master_version else { return self.unwrap(&row.name, rows).map(|_| ()) };
        let material = self.by_master(&row.name, row.master_version, wrapped)?;
        if version < self.inner.master.newest() {
            rewrapped.names.push(row.name.clone());
            rewrapped.old.push(wrapped.clone());
            rewrapped.new.push(self.inner.master.wrap(&row.name, &material).bytes);
        }
        Ok(())
    }

    /// Stores them where nobody has destroyed or rewrapped them meanwhile; how many. One statement: who is frozen between
    /// two holds nothing that an append waits for.
    async fn store(&self, rewrapped: Rewrapped) -> Result<u64, sqlx::Error> {
        if rewrapped.names.is_empty() {
            return Ok(0);
        }
        let stored = sqlx::query(
            "update keys.key k set wrapped = n.new, master_version = $4 \
             from unnest($1::text[], $2::bytea[], $3::bytea[]) n (name, old, new) \
             where k.name = n.name and k.wrapped = n.old",
        )
        .bind(rewrapped.names)
        .bind(rewrapped.old)
        .bind(rewrapped.new)
        .bind(self.inner.master.newest())
        .execute(&self.inner.pool);
        Ok(in_time(stored).await?.rows_affected())
    }
}
