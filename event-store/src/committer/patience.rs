//! How long a group waits for more commands than have come while the one before was written.
//!
//! A group costs the log, the relay and the projector as much again as ten of its commands. Where commands come one by
//! one, each is a group; where so many come that groups are of a few, they are better fewer and larger: what waits a
//! little longer to be written is seen sooner.

use std::time::Duration;

/// Commands of a group that waits for no more.
const ENOUGH: usize = 24;

/// A group waits this part of what the last one took, for each command that came meanwhile.
const PART: u32 = 5;

/// What is not waited for, as no timer is that exact, and the longest wait.
const WAITS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(12));

/// What a group waits for: whichever comes first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Patience {
    /// From when the one before was written.
    pub(super) wait: Duration,
    /// Commands: not more than there were lately, as those who wait for answers send nothing else.
    pub(super) enough: usize,
}

impl Patience {
    /// After a group of so many commands that took so long, in which so many others came.
    pub(super) fn after(took: Duration, commands: usize, came: usize) -> Self {
        let (shortest, longest) = WAITS;
        let wait = took * u32::try_from(came.min(ENOUGH)).unwrap_or(0) / PART;
        if wait < shortest {
            return Self::default();
        }
        Self { wait: wait.min(longest), enough: ENOUGH.min(commands + came) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_come_while_a_group_is_written_the_longer_the_next_waits_for_as_many() {
        for (took, commands, came, wait, enough) in [
            (4_000, 1, 0, 0, 0),
            (4_000, 1, 1, 0, 0),
            (4_000, 2, 2, 1_600, 4),
            (4_000, 10, 10, 8_000, 20),
            (4_000, 20, 10, 8_000, 24),
            (4_000, 64, 40, 12_000, 24),
            (5_000_000, 1, 1, 12_000, 2),
        ] {
            let wanted = Patience { wait: Duration::from_micros(wait), enough };
            let told = Patience::after(Duration::from_micros(took), commands, came);
            assert_eq!(told, wanted, "after {commands} in {took} µs, {came} others");
        }
    }
}
