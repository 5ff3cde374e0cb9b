//! Sessions as they are seen: gathered in memory, written now and then.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use crate::Context;

/// Pause between two writings.
const PAUSE: Duration = Duration::from_secs(30);

/// Writings between two times of forgetting: a day's.
const FORGET_EVERY: usize = 24 * 60 * 2;

/// Sessions remembered between two writings; more are seen the next time.
const MOST: usize = 100_000;

/// A session that was not seen for so long is forgotten.
const FORGOTTEN_AFTER: time::Duration = time::Duration::days(400);

/// Sessions that were seen since they were last written: to ask for something, to have something done, or to listen. Cheap to
/// clone; clones see together.
#[derive(Clone, Debug, Default)]
pub struct Sightings(Arc<Mutex<BTreeMap<Uuid, OffsetDateTime>>>);

impl Sightings {
    /// A session gives a sign of life. Costs a look at a table in memory.
    pub fn note(&self, session: Uuid, now: OffsetDateTime) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST || seen.contains_key(&session) {
            seen.insert(session, now);
        }
    }

    /// Writes down now and then which sessions were seen, until it is dropped. The pool's role may write schema `observed`.
    pub async fn observe(&self, pool: &PgPool, context: &Context) -> Infallible {
        loop {
            if let Err(error) = forget(pool, context.now()).await {
                tracing::warn!(%error, "sessions that were seen long ago are not forgotten");
            }
            for _ in 0..FORGET_EVERY {
                sleep(PAUSE).await;
                self.observe_once(pool).await;
            }
        }
    }

    /// Writes down which sessions were seen since the last time. Costs nothing but `last_seen_at` where it fails.
    pub async fn observe_once(&self, pool: &PgPool) {
        if let Err(error) = self.write(pool).await {
            tracing::warn!(%error, "not written down which sessions were seen");
        }
    }

    /// What cannot be written is lost: it is no fact.
    async fn write(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return Ok(());
        }
        // In the order of their ids, so that processes that write at once do not wait for each other in a circle.
        let (ids, times): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        sqlx::query(
            "insert into observed.session as known (id, seen_at) select * from unnest($1::uuid[], $2::timestamptz[]) \
             on conflict (id) do update set seen_at = greatest(known.seen_at, excluded.seen_at)",
        )
        .bind(ids)
        .bind(times)
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// Forgets sessions that were last seen long ago. Reads the whole table.
async fn forget(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let forget = sqlx::query("delete from observed.session where seen_at < $1").bind(now - FORGOTTEN_AFTER);
    forget.execute(pool).await?;
    Ok(())
}
