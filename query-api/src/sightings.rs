//! Sessions as they are seen: gathered in memory, written now and then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// Pause between two writings.
pub(crate) const PAUSE: Duration = Duration::from_secs(30);

/// Writings between two times of forgetting: a day's.
pub(crate) const FORGET_EVERY: usize = 24 * 60 * 2;

/// Sessions remembered between two writings; more are seen the next time.
const MOST: usize = 100_000;

/// A session that was not seen for so long is forgotten.
const FORGOTTEN_AFTER: time::Duration = time::Duration::days(400);

/// Sessions that were seen since they were last written. Cheap to clone; clones see together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sightings(Arc<Mutex<BTreeMap<Uuid, OffsetDateTime>>>);

impl Sightings {
    /// A session asks for something.
    pub(crate) fn note(&self, session: Uuid, now: OffsetDateTime) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST || seen.contains_key(&session) {
            seen.insert(session, now);
        }
    }

    /// Writes what was seen. What cannot be written is lost: it is no fact.
    pub(crate) async fn write(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return Ok(());
        }
        // In the order of their ids, so that processes that write at once do not wait for each other in a circle.
        let (ids, times): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        sqlx::query!(
            "insert into observed.session as known (id, seen_at) select * from unnest($1::uuid[], $2::timestamptz[]) \
             on conflict (id) do update set seen_at = greatest(known.seen_at, excluded.seen_at)",
            &ids,
            &times,
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// Forgets sessions that were last seen long ago. Reads the whole table.
pub(crate) async fn forget(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from observed.session where seen_at < $1", now - FORGOTTEN_AFTER).execute(pool).await?;
    Ok(())
}
