//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// Not at all the first time, then 50 ms, doubling up to a longest wait.
#[derive(Debug)]
pub(super) struct Backoff {
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) fn up_to(longest: Duration) -> Self {
        Self { longest, failures: 0 }
    }

    /// The wait before the next attempt.
    pub(super) fn next(&mut self) -> Duration {
        let wait = match self.failures {
            0 => Duration::ZERO,
            failures => Duration::from_millis(25 << failures.min(7)).min(self.longest),
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
        let mut backoff = Backoff::up_to(Duration::from_secs(2));
        let waits: Vec<_> = (0..10).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [0, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::ZERO);
    }
}
