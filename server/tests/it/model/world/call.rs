//! A call.

use std::collections::BTreeMap;

use super::{Number, Who};

/// A call. Times are minutes.
#[derive(Clone, Debug)]
pub(in super::super) struct Call {
    pub(in super::super) room: Number,
    pub(in super::super) by: Who,
    pub(in super::super) media: &'static str,
    pub(in super::super) started: i64,
    /// When somebody else joined first.
    pub(in super::super) answered: Option<i64>,
    /// When it ended, and what came of it.
    pub(in super::super) over: Option<(i64, &'static str)>,
    /// Who took part or declined.
    pub(in super::super) people: BTreeMap<Who, Participant>,
    pub(in super::super) tick: i64,
    /// Of the last that happened in it.
    pub(in super::super) last: i64,
    pub(in super::super) version: i64,
}

/// Somebody in a call, or who declined it. Times are minutes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Participant {
    /// When they came in first; none of who declined.
    pub(in super::super) joined: Option<i64>,
    /// When they came in last.
    pub(in super::super) rejoined: Option<i64>,
    /// When they went, and how.
    pub(in super::super) left: Option<(i64, &'static str)>,
    /// How long they were in it before they came in last.
    pub(in super::super) earlier: i64,
}

impl Call {
    /// The tick up to which it goes, or went, on.
    pub(in super::super) fn until(&self) -> i64 {
        if self.over.is_none() { i64::MAX } else { self.last }
    }

    /// Who is in it.
    pub(in super::super) fn present(&self) -> Vec<Who> {
        let here = self.people.iter().filter(|(_, their)| their.left.is_none());
        here.map(|(who, _)| *who).filter(|_| self.over.is_none()).collect()
    }

    /// Somebody comes in, perhaps again.
    pub(in super::super) fn comes(&mut self, who: Who, now: i64) {
        let their = self.people.entry(who).or_default();
        if let (Some(came), Some((left, _))) = (their.rejoined, their.left) {
            their.earlier += left - came;
        }
        their.joined.get_or_insert(now);
        (their.rejoined, their.left) = (Some(now), None);
        if who != self.by {
            self.answered.get_or_insert(now);
        }
        self.version += 1;
    }

    /// Somebody goes, or declines.
    pub(in super::super) fn goes(&mut self, who: Who, how: &'static str, now: i64) {
        self.people.entry(who).or_default().left = Some((now, how));
        self.version += 1;
    }

    /// What came of it, if it ends by being over.
    pub(in super::super) fn outcome(&self) -> &'static str {
        if self.answered.is_some() { "answered" } else { "missed" }
    }
}
