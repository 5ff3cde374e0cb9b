//! Keys that were destroyed, by whichever process: this one hears of them, and holds them no longer.
//!
//! Destructions are numbered in the order of their commits (`keys.key.destroyed_as`), so that hearing of new ones is one
//! probe of an index. A key that is read while another is lost is not kept: it might be what was lost.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, OnceCell};

use super::{KeyError, Keyring};
use crate::in_time::in_time;

/// The number of the last destruction.
const NEWEST: &str = "select coalesce(max(destroyed_as), 0) from keys.key";

/// What is known of keys that were destroyed.
#[derive(Default)]
pub(super) struct Lost {
    /// The last destruction that was heard of; unknown before the first key is cached.
    heard: OnceCell<Mutex<i64>>,
    /// How often keys were dropped because they were destroyed.
    losses: AtomicU64,
}

impl Keyring {
    /// How often keys were dropped because they were destroyed: what was opened under another count may hold what is
    /// not to be read any more.
    pub fn losses(&self) -> u64 {
        self.inner.lost.losses.load(Ordering::Acquire)
    }

    /// Hears of the keys that were destroyed until now, by whichever process, and drops them; [`Self::losses`] after it.
    /// Nothing that was destroyed before the call is opened by [`Self::open`] after it. A probe of an index.
    pub async fn hear(&self) -> Result<u64, KeyError> {
        let mut heard = self.heard().await?.lock().await;
        let destroyed = sqlx::query_as::<_, (i64, String)>(
            "select destroyed_as, name from keys.key where destroyed_as > $1 order by destroyed_as",
        )
        .bind(*heard)
        .fetch_all(&self.inner.pool);
        let destroyed = in_time(destroyed).await?;
        let last = destroyed.last().map(|(last, _)| *last);
        self.lose(destroyed.into_iter().map(|(_, name)| name));
        *heard = last.unwrap_or(*heard);
        Ok(self.losses())
    }

    /// Drops keys that were destroyed, and all that they wrapped. Fleeting ones are not held in the first place.
    pub(crate) fn lose(&self, names: impl IntoIterator<Item = String>) {
        let names = names.into_iter().filter(|name| !(self.inner.names.is_fleeting)(name)).collect::<HashSet<_>>();
        if names.is_empty() {
            return;
        }
        // Counted first: who reads a key meanwhile and puts it into the cache too late finds another count.
        self.inner.lost.losses.fetch_add(1, Ordering::AcqRel);
        let is_lost = |name: &str| {
            names.contains(name) || (self.inner.names.wrapped_by)(name).iter().any(|wrapper| names.contains(wrapper))
        };
        self.inner.cache.retain(|name, _| !is_lost(name));
        self.inner.minted.lock().expect("no code panics while it holds this lock").retain(|name, _| !is_lost(name));
    }

    /// Drops all keys that are held, and hears of what is destroyed from now on: the log has another history, in which keys are
    /// others, and their destructions are numbered anew.
    pub(crate) async fn begin_anew(&self) -> Result<(), KeyError> {
        let mut heard = self.heard().await?.lock().await;
        *heard = in_time(sqlx::query_scalar(NEWEST).fetch_one(&self.inner.pool)).await?;
        self.inner.lost.losses.fetch_add(1, Ordering::AcqRel);
        self.inner.cache.clear();
        self.inner.minted.lock().expect("no code panics while it holds this lock").clear();
        Ok(())
    }

    /// Makes sure that what is destroyed from now on is heard of; [`Self::losses`]. Before any key is cached.
    pub(super) async fn begin_to_hear(&self) -> Result<u64, KeyError> {
        self.heard().await?;
        Ok(self.losses())
    }

    async fn heard(&self) -> Result<&Mutex<i64>, sqlx::Error> {
        let newest = sqlx::query_scalar(NEWEST);
        let heard = async { Ok(Mutex::new(in_time(newest.fetch_one(&self.inner.pool)).await?)) };
        self.inner.lost.heard.get_or_try_init(|| heard).await
    }
}
