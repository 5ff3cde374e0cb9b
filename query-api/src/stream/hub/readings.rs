//! Readings are told now and then: who reads on and on costs those whose messages they read few frames.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::stream::about::{About, Noted};
use crate::stream::seat::Pair;

/// What is told late is told before so many more events: who comes back is told again what was read in the last ones.
pub(in crate::stream) const FAR: i64 = 2000;

/// Readings that were told a moment ago, and those that wait for a moment to pass.
pub(super) struct Readings {
    every: Duration,
    /// When each was told last. What is longer ago is forgotten.
    told: HashMap<Pair, Instant>,
    waiting: HashMap<Pair, Waiting>,
}

/// Somebody's readings of a room that were not told.
struct Waiting {
    due: Instant,
    /// In their order, at least one.
    events: Vec<Noted>,
}

impl Readings {
    /// Tells of somebody's reading of a room once in this time.
    pub(super) fn every(every: Duration) -> Self {
        Self { every, told: HashMap::new(), waiting: HashMap::new() }
    }

    /// Of what happened, what is told now; the rest waits.
    pub(super) fn hold(&mut self, noted: Vec<Noted>, now: Instant) -> Vec<Noted> {
        self.told.retain(|pair, at| *at + self.every > now || self.waiting.contains_key(pair));
        let mut pairs = vec![];
        let told_now = noted.into_iter().filter_map(|event| {
            let Some(pair) = pair(&event) else { return Some(event) };
            let Some(due) = self.told.get(&pair).map(|at| *at + self.every) else {
                pairs.push(pair);
                return Some(event);
            };
            self.waiting.entry(pair).or_insert_with(|| Waiting { due, events: vec![] }).events.push(event);
            None
        });
        let told_now = told_now.collect();
        self.told.extend(pairs.into_iter().map(|pair| (pair, now)));
        told_now
    }

    /// When the next are told; none if none wait.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.due).min()
    }

    /// Where in the log the first is that waits.
    pub(super) fn first(&self) -> Option<i64> {
        self.waiting.values().filter_map(|waiting| waiting.events.first()).map(|event| event.position).min()
    }

    /// Those that are due, or far behind the `position` that all else is told up to; in their order.
    pub(super) fn take(&mut self, now: Instant, position: i64) -> Vec<Noted> {
        let is_due = |waiting: &Waiting| {
            waiting.due <= now || waiting.events.first().is_some_and(|event| event.position + FAR <= position)
        };
        let due: Vec<Pair> =
            self.waiting.iter().filter(|(_, waiting)| is_due(waiting)).map(|(pair, _)| *pair).collect();
        let mut events = vec![];
        for pair in due {
            events.extend(self.waiting.remove(&pair).map(|waiting| waiting.events).unwrap_or_default());
            self.told.insert(pair, now);
        }
        events.sort_unstable_by_key(|event| event.position);
        events
    }

    /// Nothing waits any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.told.clear();
    }
}

/// Who reads which room.
fn pair(event: &Noted) -> Option<(Uuid, Uuid)> {
    if let About::Reading { room, user, .. } = event.about { Some((room, user)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(1);

    fn reading(position: i64, user: u128) -> Noted {
        let (room, user) = (Uuid::nil(), Uuid::from_u128(user));
        let about = About::Reading { room, user, to: position - 1, sequence: position };
        Noted { position, kind: "read_advanced".to_owned(), notice: Uuid::nil(), about }
    }

    fn positions(events: &[Noted]) -> Vec<i64> {
        events.iter().map(|event| event.position).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_those_of_the_next_moment_together() {
        let (mut readings, now) = (Readings::every(EVERY), Instant::now());
        assert_eq!(positions(&readings.hold(vec![reading(1, 1), reading(2, 1), reading(3, 2)], now)), [1, 2, 3]);
        assert_eq!((readings.due(), readings.first()), (None, None));
        let later = now + EVERY / 2;
        assert_eq!(positions(&readings.hold(vec![reading(4, 1), reading(5, 3)], later)), [5]);
        assert_eq!(positions(&readings.hold(vec![reading(6, 1)], later)), [0; 0]);
        assert_eq!((readings.due(), readings.first()), (Some(now + EVERY), Some(4)));
        assert_eq!(positions(&readings.take(later, 6)), [0; 0]);
        assert_eq!(positions(&readings.take(now + EVERY, 6)), [4, 6]);
        assert_eq!((readings.due(), readings.first()), (None, None));
        // The next moment begins when they are told.
        assert_eq!(positions(&readings.hold(vec![reading(7, 1)], now + EVERY)), [0; 0]);
        assert_eq!(readings.due(), Some(now + EVERY * 2));
    }

    #[test]
    fn what_was_told_long_ago_does_not_keep_others_waiting() {
        let (mut readings, now) = (Readings::every(EVERY), Instant::now());
        readings.hold(vec![reading(1, 1)], now);
        assert_eq!(positions(&readings.hold(vec![reading(2, 1)], now + EVERY)), [2]);
        assert_eq!(readings.told.len(), 1);
    }

    #[test]
    fn nothing_waits_until_much_else_was_told() {
        let (mut readings, now) = (Readings::every(EVERY), Instant::now());
        readings.hold(vec![reading(1, 1)], now);
        readings.hold(vec![reading(2, 1)], now);
        assert_eq!(positions(&readings.take(now, 1 + FAR)), [0; 0]);
        assert_eq!(positions(&readings.take(now, 2 + FAR)), [2]);
    }
}
