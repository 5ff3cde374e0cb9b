//! The model: everything that was said, looked at from the first to the last.

use proptest::sample::Index;

use super::PEOPLE;
use crate::harness::room::Sent;

/// Whom a message mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mentions {
    Nobody,
    One(usize),
    Everybody,
}

impl Mentions {
    /// How it is written.
    pub(super) fn text(self) -> String {
        match self {
            Self::Nobody => "well".to_owned(),
            Self::One(who) => format!("@{}", PEOPLE[who]),
            Self::Everybody => "@all".to_owned(),
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) sent: Sent,
    pub(super) who: usize,
    pub(super) deleted: bool,
    pub(super) forwarded: bool,
    mentions: Mentions,
}

/// What is known of a room.
#[derive(Debug)]
pub(super) struct Model {
    said: Vec<Said>,
    /// Where they came in last, while they are there.
    joined: Vec<Option<i64>>,
    read: Vec<i64>,
}

impl Model {
    pub(super) fn new(people: usize) -> Self {
        Self { said: vec![], joined: vec![None; people], read: vec![0; people] }
    }

    pub(super) fn is_there(&self, who: usize) -> bool {
        self.joined[who].is_some()
    }

    pub(super) fn comes(&mut self, who: usize, position: i64) {
        self.joined[who] = Some(position);
    }

    pub(super) fn goes(&mut self, who: usize) {
        self.joined[who] = None;
    }

    pub(super) fn reads(&mut self, who: usize, position: i64) {
        self.read[who] = self.read[who].max(position);
    }

    /// Who is not there is not mentioned.
    fn heard(&self, mentions: Mentions) -> Mentions {
        match mentions {
            Mentions::One(who) if !self.is_there(who) => Mentions::Nobody,
            Mentions::Nobody | Mentions::One(_) | Mentions::Everybody => mentions,
        }
    }

    pub(super) fn says(&mut self, who: usize, mentions: Mentions, sent: Vec<Sent>) {
        let mentions = self.heard(mentions);
        let said = |sent| Said { sent, who, deleted: false, forwarded: false, mentions };
        self.said.extend(sent.into_iter().map(said));
    }

    pub(super) fn forwards(&mut self, who: usize, sent: Sent) {
        self.said.push(Said { sent, who, deleted: false, forwarded: true, mentions: Mentions::Nobody });
    }

    pub(super) fn rewords(&mut self, sent: Sent, mentions: Mentions) {
        let mentions = self.heard(mentions);
        self.change(sent, |said| said.mentions = mentions);
    }

    pub(super) fn deletes(&mut self, sent: Sent) {
        self.change(sent, |said| said.deleted = true);
    }

    fn change(&mut self, sent: Sent, change: impl FnOnce(&mut Said)) {
        change(self.said.iter_mut().find(|said| said.sent == sent).expect("it was said"));
    }

    /// One of those messages that are `fit`.
    pub(super) fn pick(&self, which: Index, fit: impl Fn(&Said) -> bool) -> Option<Said> {
        let fit: Vec<_> = self.said.iter().filter(|said| fit(said)).copied().collect();
        (!fit.is_empty()).then(|| *which.get(&fit))
    }

    /// Unread messages and mentions, as the contract has them.
    pub(super) fn counts(&self, who: usize) -> (i64, i64) {
        let from = self.read[who].max(self.joined[who].unwrap_or_default());
        let unread: Vec<_> = self
            .said
            .iter()
            .filter(|said| said.sent.position > from && said.who != who && !said.deleted)
            .map(|said| said.mentions == Mentions::Everybody || said.mentions == Mentions::One(who))
            .collect();
        let capped = |count: usize| i64::try_from(count.min(1000)).unwrap();
        (capped(unread.len()), capped(unread.iter().filter(|mentioned| **mentioned).count()))
    }
}
