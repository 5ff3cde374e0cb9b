//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// Not at all the first time, then 50 ms, doubling up to 2 s.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait before the next attempt.
    pub(super) fn next(&mut self) -> Duration {
        let wait = match self.failures {
            0 => Duration::ZERO,
            failures => Duration::from_millis(25 << failures.min(7)).min(Duration::from_secs(2)),
        };
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// It works.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_up_to_a_limit() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..10).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [0, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::ZERO);
    }
}
