//! What one person's files may take up.
//!
//! The read models count what is there, and are a moment behind: what was let in since counts besides, from the moment
//! it is begun until they have seen it. So of several uploads at once no more come in than may, within this process;
//! apart, each process may let in what the others are just receiving.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use api_kit::Problem;
use api_kit::usage::Usage;
use domain::id::UserId;

use super::FileSettings;

/// What people may still upload. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Quotas {
    usage: Arc<dyn Usage>,
    settings: FileSettings,
    held: Arc<Mutex<HashMap<UserId, Vec<Held>>>>,
}

/// What one upload takes up, until the read models count it.
#[derive(Clone, Copy, Debug)]
struct Held {
    number: u64,
    bytes: u64,
    /// Of its event; none while it is on its way.
    position: Option<i64>,
}

/// Room for one upload: given back when it is dropped, unless the upload was recorded.
pub(crate) struct Reservation {
    quotas: Quotas,
    user: UserId,
    number: u64,
    /// Most bytes that it may have.
    most: u64,
}

impl Quotas {
    pub(super) fn new(usage: Arc<dyn Usage>, settings: FileSettings) -> Self {
        Self { usage, settings, held: Arc::default() }
    }

    /// Room for a file of `bytes`, or, where it is not known how long it is, of as many as it turns out to have.
    pub(crate) async fn reserve(&self, user: UserId, bytes: Option<u64>) -> Result<Reservation, Problem> {
        let counted = self.usage.of(user.0).await?;
        let mut held = self.held();
        let theirs = held.entry(user).or_default();
        theirs.retain(|held| held.position.is_none_or(|position| position > counted.position));
        let bytes_held = theirs.iter().fold(counted.bytes, |sum, held| sum.saturating_add(held.bytes));
        let (files, left) = (counted.files + theirs.len() as u64, self.settings.user_bytes.saturating_sub(bytes_held));
        if files >= self.settings.user_files || bytes.is_some_and(|bytes| bytes > left) {
            return Err(Problem::QuotaExceeded);
        }
        let number = theirs.iter().map(|held| held.number).max().unwrap_or(0) + 1;
        theirs.push(Held { number, bytes: bytes.unwrap_or(0), position: None });
        Ok(Reservation { quotas: self.clone(), user, number, most: bytes.unwrap_or(left) })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Held>>> {
        self.held.lock().expect("no code panics while it holds this lock")
    }
}

impl Reservation {
    /// It has come to so many bytes. More than there is room for is refused.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Problem> {
        if bytes > self.most {
            return Err(Problem::QuotaExceeded);
        }
        self.change(|held| held.bytes = held.bytes.max(bytes));
        Ok(())
    }

    /// It is on record at `position`: from there on the read models count it.
    pub(crate) fn recorded(self, position: i64) {
        self.change(|held| held.position = Some(position));
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        let mut held = self.quotas.held();
        let theirs = held.get_mut(&self.user);
        theirs.and_then(|theirs| theirs.iter_mut().find(|held| held.number == self.number)).map(change);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = self.quotas.held();
        let Some(theirs) = held.get_mut(&self.user) else { return };
        theirs.retain(|held| held.number != self.number || held.position.is_some());
        if theirs.is_empty() {
            held.remove(&self.user);
        }
    }
}
