//! One rate, counted by key, in bounded memory.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::{Allowance, Rate};

/// Fewest counts between two rounds of forgetting keys that are full again.
const SWEEP: usize = 4096;

/// What requests are counted by.
pub(super) trait Key: Hash + Eq + Clone {}
impl<K: Hash + Eq + Clone> Key for K {}

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// A rate for each key.
pub(super) struct Keyed<K: Key> {
    limiter: Limiter<K>,
    limit: NonZeroU32,
    /// In what time one request is given back.
    interval: Duration,
    counted: AtomicUsize,
    sweep_every: AtomicUsize,
}

impl<K: Key> Keyed<K> {
    /// None if the rate is off.
    pub(super) fn new(rate: Rate) -> Option<Self> {
        let (limit, period) = rate.quota()?;
        let quota = Quota::with_period(period / limit.get())?.allow_burst(limit);
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        let (counted, sweep_every) = (AtomicUsize::new(0), AtomicUsize::new(SWEEP));
        Some(Self { limiter, limit, interval: period / limit.get(), counted, sweep_every })
    }

    /// Counts a request; refused if none is left.
    pub(super) fn count(&self, key: &K) -> Result<Allowance, Allowance> {
        self.sweep();
        match self.limiter.check_key(key) {
            Ok(left) => Ok(self.allowance(left.remaining_burst_capacity(), Duration::ZERO)),
            Err(refused) => {
                let wait = refused.wait_time_from(self.limiter.clock().now());
                Err(self.allowance(0, wait))
            }
        }
    }

    fn allowance(&self, remaining: u32, wait: Duration) -> Allowance {
        let used = self.limit.get().saturating_sub(remaining);
        let seconds = |time: Duration| time.as_secs() + u64::from(time.subsec_nanos() > 0);
        Allowance::new(self.limit.get(), remaining, seconds(self.interval * used), seconds(wait).max(1))
    }

    /// Forgets keys that are full again, once for as many counts as keys were left the last time: constant work a
    /// request, and at most twice the keys in use.
    fn sweep(&self) {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed) + 1;
        if counted.is_multiple_of(self.sweep_every.load(Ordering::Relaxed)) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
            self.sweep_every.store(self.limiter.len().max(SWEEP), Ordering::Relaxed);
        }
    }

    /// Keys remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
    }
}
