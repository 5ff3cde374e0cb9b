//! What one person's files may take up.
//!
//! The read models count what is there, and are a moment behind: what was let in since counts besides, from the moment
//! it is begun until they have seen it. So of several uploads at once no more come in than may, within this process;
//! apart, each process may let in what the others are just receiving.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use api_kit::Problem;
use api_kit::usage::{Usage, Used};
use domain::id::UserId;

use super::FileSettings;

/// What people may still upload. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Quotas {
    usage: Arc<dyn Usage>,
    settings: FileSettings,
    held: Arc<Mutex<HashMap<UserId, Account>>>,
}

/// What somebody's files take up, as this process knows.
#[derive(Default)]
struct Account {
    /// The newest count.
    counted: Used,
    /// What came since, or is coming.
    held: Vec<Held>,
}

/// What one command takes up, until the read models count it.
#[derive(Clone, Copy, Debug)]
struct Held {
    number: u64,
    files: u64,
    bytes: u64,
    /// Of its event; none while it is on its way.
    position: Option<i64>,
}

impl Account {
    fn count(&mut self, counted: Used) {
        if counted.position >= self.counted.position {
            self.counted = counted;
        }
        let seen = self.counted.position;
        self.held.retain(|held| held.position.is_none_or(|position| position > seen));
    }

    /// Bytes of all but one that is held.
    fn bytes_besides(&self, number: u64) -> u64 {
        let others = self.held.iter().filter(|held| held.number != number);
        others.fold(self.counted.bytes, |sum, held| sum.saturating_add(held.bytes))
    }

    fn files(&self) -> u64 {
        self.held.iter().fold(self.counted.files, |sum, held| sum.saturating_add(held.files))
    }
}

/// Room for what one command brings: given back when it is dropped, unless that was recorded.
pub(crate) struct Reservation {
    quotas: Quotas,
    user: UserId,
    number: u64,
}

/// Room for what a command brings that may be decided more than once.
#[derive(Default)]
pub(crate) struct Reserved(Mutex<Option<Reservation>>);

impl Reserved {
    /// Holds what `reserve` finds instead of what was held before.
    pub(crate) async fn hold(
        &self,
        reserve: impl Future<Output = Result<Reservation, Problem>>,
    ) -> Result<(), Problem> {
        self.swap(None);
        self.swap(Some(reserve.await?));
        Ok(())
    }

    /// What came is on record at `position`.
    pub(crate) fn recorded(self, position: i64) {
        if let Some(reservation) = self.swap(None) {
            reservation.recorded(position);
        }
    }

    fn swap(&self, reservation: Option<Reservation>) -> Option<Reservation> {
        let mut held = self.0.lock().expect("no code panics while it holds this lock");
        std::mem::replace(&mut held, reservation)
    }
}

impl Quotas {
    pub(super) fn new(usage: Arc<dyn Usage>, settings: FileSettings) -> Self {
        Self { usage, settings, held: Arc::default() }
    }

    /// Room for a file of `bytes`; of one that is longer, [`Reservation::grow`] asks for more.
    pub(crate) async fn reserve(&self, user: UserId, bytes: u64) -> Result<Reservation, Problem> {
        self.take(user, 1, bytes).await
    }

    /// Room for files that are made of these blobs, each with its size: those that files of theirs refer to by now take
    /// up no more bytes.
    pub(crate) async fn reserve_copies(
        &self,
        user: UserId,
        files: usize,
        blobs: &BTreeMap<String, u64>,
    ) -> Result<Reservation, Problem> {
        let theirs = self.usage.referred(user.0, blobs.keys().cloned().collect()).await?;
        let new = blobs.iter().filter(|(blob, _)| !theirs.contains(*blob));
        let bytes = new.fold(0_u64, |sum, (_, size)| sum.saturating_add(*size));
        self.take(user, files as u64, bytes).await
    }

    async fn take(&self, user: UserId, files: u64, bytes: u64) -> Result<Reservation, Problem> {
        let counted = self.usage.of(user.0).await?;
        let mut held = self.held();
        let account = held.entry(user).or_default();
        account.count(counted);
        let number = account.held.iter().map(|held| held.number).max().unwrap_or(0) + 1;
        if account.files().saturating_add(files) > self.settings.user_files
            || account.bytes_besides(number).saturating_add(bytes) > self.settings.user_bytes
        {
            if account.held.is_empty() {
                held.remove(&user);
            }
            return Err(Problem::QuotaExceeded);
        }
        account.held.push(Held { number, files, bytes, position: None });
        Ok(Reservation { quotas: self.clone(), user, number })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<UserId, Account>> {
        self.held.lock().expect("no code panics while it holds this lock")
    }
}

impl Reservation {
    /// It has come to so many bytes. More than there is room for, beside what else is coming, is refused.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Problem> {
        self.change(|account, at| {
            if bytes <= account.held[at].bytes {
                return Ok(());
            }
            if account.bytes_besides(self.number).saturating_add(bytes) > self.quotas.settings.user_bytes {
                return Err(Problem::QuotaExceeded);
            }
            account.held[at].bytes = bytes;
            Ok(())
        })
    }

    /// It is on record at `position`: from there on the read models count it.
    pub(crate) fn recorded(self, position: i64) {
        self.change(|account, at| account.held[at].position = Some(position));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Account, usize) -> T) -> T {
        let mut held = self.quotas.held();
        let account = held.get_mut(&self.user).expect("it is held as long as this is");
        let at = account.held.iter().position(|held| held.number == self.number);
        change(account, at.expect("it is held as long as this is"))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = self.quotas.held();
        let Some(account) = held.get_mut(&self.user) else { return };
        account.held.retain(|held| held.number != self.number || held.position.is_some());
        if account.held.is_empty() {
            held.remove(&self.user);
        }
    }
}
