//! What things were at which positions of the log.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::RangeInclusive;

/// What each of some things was, from each position on at which it changed; before the first of them, the default.
#[derive(Default)]
pub(super) struct Past<K, T>(HashMap<K, Vec<(i64, T)>>);

impl<K: Eq + Hash, T: Copy + Default> Past<K, T> {
    /// What it is at the end.
    pub(super) fn now<Q: Eq + Hash + ?Sized>(&self, thing: &Q) -> T
    where
        K: Borrow<Q>,
    {
        self.0.get(thing).and_then(|changes| changes.last()).map(|(_, now)| *now).unwrap_or_default()
    }

    /// From a position on, which is after all that were told before, it is so.
    pub(super) fn becomes(&mut self, thing: K, position: i64, now: T) {
        self.0.entry(thing).or_default().push((position, now));
    }

    /// Whether it was so at some position of a span.
    pub(super) fn was<Q: Eq + Hash + ?Sized>(
        &self,
        thing: &Q,
        span: &RangeInclusive<i64>,
        so: impl Fn(T) -> bool,
    ) -> bool
    where
        K: Borrow<Q>,
    {
        let changes = self.0.get(thing).map(Vec::as_slice).unwrap_or_default();
        let from = [(0, T::default())].into_iter().chain(changes.iter().copied());
        let until = changes.iter().map(|(position, _)| position - 1).chain([i64::MAX]);
        from.zip(until).any(|((from, value), until)| from <= *span.end() && until >= *span.start() && so(value))
    }
}

#[test]
fn a_thing_was_what_it_was_between_two_changes() {
    let mut past = Past::<&str, bool>::default();
    past.becomes("gate", 5, true);
    past.becomes("gate", 9, false);
    for (span, closed, open) in [
        (0..=4, false, true),
        (4..=5, true, true),
        (5..=8, true, false),
        (8..=8, true, false),
        (9..=i64::MAX, false, true),
        (0..=20, true, true),
    ] {
        assert_eq!(past.was("gate", &span, |closed| closed), closed, "{span:?}");
        assert_eq!(past.was("gate", &span, |closed| !closed), open, "{span:?}");
    }
    assert!(!past.now("gate") && !past.was("another", &(0..=20), |closed| closed));
}
