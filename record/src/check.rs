//! Checking an export against checkpoints, event by event, in constant memory.

use crate::event::CloudEvent;
use crate::{Edge, Event, FullTile, Head, Leaf, NotAnEvent};

/// An export that is being checked: every event from position 1 on, in order.
pub struct Check {
    /// The checkpoints, the oldest first.
    heads: Vec<Head>,
    /// Of these heads the export agrees with so many, and differs from the next.
    agreed: usize,
    made: Edge,
    claims: Claims,
    full: Vec<FullTile>,
    last: i64,
    opened: bool,
    /// Which history the first cloud event says it is of.
    history: Option<History>,
}

/// Which history of the log events say they are of.
struct History {
    /// `urn:uuid:` and what names it.
    source: String,
    epoch: i64,
}

/// The leaves that the export says the record has of its events.
struct Claims {
    /// None once an event claims nothing.
    edge: Option<Edge>,
    /// The first event that is another than it claims to be.
    first_wrong: Option<i64>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Events that agree with the checkpoint: all that it covers.
    pub covered: u64,
    /// Events past it, of which it says nothing.
    pub not_yet_covered: u64,
    /// Whether any event tells what its sealed fields hold: the word of whoever wrote the export.
    pub opened: bool,
    /// The number of the history that its events say they are of, if they are cloud events; no checkpoint has it.
    pub epoch: Option<i64>,
}

/// The export differs from the record.
#[derive(Debug, thiserror::Error)]
pub enum Differs {
    /// Another event stands where this one should: events are missing, doubled or out of order.
    #[error("position {expected}: the export has position {found} here")]
    OutOfPlace {
        /// The position that should be here.
        expected: i64,
        /// The one that is.
        found: i64,
    },
    /// The event is not as it was recorded.
    #[error("position {position}: the event is not the one that was recorded")]
    Changed {
        /// Of the event.
        position: i64,
    },
    /// Events from this one on are missing.
    #[error("position {position}: the export ends before it; the checkpoint covers {size} events")]
    Ends {
        /// The first that is missing.
        position: i64,
        /// Events that the checkpoint covers.
        size: u64,
    },
    /// Some event of a range is not as it was recorded, and the export does not tell which.
    #[error("position {from}: from here to position {to} at least one event is not the one that was recorded")]
    Within {
        /// The first that may differ.
        from: i64,
        /// The last.
        to: i64,
    },
    /// A line is no event.
    #[error("position {position}: {source}")]
    NotAnEvent {
        /// The position that should be here.
        position: i64,
        /// What is wrong with the line.
        source: NotAnEvent,
    },
    /// An event says that it is of another history of the log than the rest, or than the checkpoint.
    #[error("position {position}: the event is said to be of {found}, what it is compared with is of {expected}")]
    OtherHistory {
        /// Of the event.
        position: i64,
        /// Of which it says it is.
        found: String,
        /// Of which it should be.
        expected: String,
    },
    /// The checkpoints are of two logs.
    #[error("position 1: the checkpoints are of two records, `{0}` and `{1}`")]
    TwoRecords(String, String),
}

impl Check {
    /// A check against these checkpoints.
    pub fn against(mut heads: Vec<Head>) -> Result<Self, Differs> {
        heads.sort_by_key(|head| head.size);
        if let Some(two) = heads.windows(2).find(|two| two[0].origin != two[1].origin) {
            return Err(Differs::TwoRecords(two[0].origin.clone(), two[1].origin.clone()));
        }
        let claims = Claims { edge: Some(Edge::default()), first_wrong: None };
        let (made, full) = (Edge::default(), vec![]);
        let mut check = Self { heads, agreed: 0, made, claims, full, last: 0, opened: false, history: None };
        check.compare()?;
        Ok(check)
    }

    /// The next line of an export as `application/x-ndjson`.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Differs> {
        let event = Event::parse(line).map_err(|source| self.no_event(source))?;
        self.event(&event)
    }

    /// The next event of an export as CloudEvents, without the comma after it.
    pub fn cloud_event(&mut self, line: &[u8]) -> Result<(), Differs> {
        let event = CloudEvent::parse(line).map_err(|source| self.no_event(source))?;
        let CloudEvent { source, epoch, .. } = event;
        let first = self.history.get_or_insert_with(|| History { source: source.to_owned(), epoch });
        if (source, epoch) != (first.source.as_str(), first.epoch) {
            let named = |source: &str, epoch: i64| format!("{source}, epoch {epoch}");
            let (found, expected) = (named(source, epoch), named(&first.source, first.epoch));
            return Err(Differs::OtherHistory { position: self.last + 1, found, expected });
        }
        self.event(&event.event())
    }

    /// The next event.
    pub fn event(&mut self, event: &Event<'_>) -> Result<(), Differs> {
        let expected = self.last + 1;
        if event.position != expected {
            return Err(self.wrong_before().unwrap_or(Differs::OutOfPlace { expected, found: event.position }));
        }
        let made = event.made().map_err(|source| self.no_event(source))?;
        self.made.push(made, &mut self.full);
        self.claims.push(expected, event.claimed(), made, &mut self.full);
        self.full.clear();
        self.last = expected;
        self.opened |= event.opened;
        self.compare()
    }

    /// The export is at its end.
    pub fn end(self) -> Result<Checked, Differs> {
        if let Some(head) = self.heads.last() {
            self.is_of_the_history_of(head)?;
        }
        let size = self.heads.last().map_or(0, |head| head.size);
        if self.made.size() < size {
            let ends = Differs::Ends { position: self.last + 1, size };
            return Err(self.wrong_before().unwrap_or(ends));
        }
        let (not_yet_covered, epoch) = (self.made.size() - size, self.history.map(|history| history.epoch));
        Ok(Checked { covered: size, not_yet_covered, opened: self.opened, epoch })
    }

    /// The export is at its end, has `size` events, and `later` covers all of them and perhaps more: `hashes` prove that what `later`
    /// covers begins with them, in the order of RFC 9162.
    pub fn end_within(self, size: u64, later: &Head, hashes: &[[u8; 32]]) -> Result<Checked, Differs> {
        if let Some(head) = self.heads.first().filter(|head| head.origin != later.origin) {
            return Err(Differs::TwoRecords(head.origin.clone(), later.origin.clone()));
        }
        self.is_of_the_history_of(later)?;
        if self.made.size() < size {
            return Err(Differs::Ends { position: self.last + 1, size });
        }
        if !later.continues(&self.made, hashes) {
            let claims_are_true = self.claims.edge.as_ref().is_some_and(|claimed| later.continues(claimed, hashes));
            let within = Differs::Within { from: position(self.agreed_size()) + 1, to: self.last };
            return Err(self.wrong_before().filter(|_| claims_are_true).unwrap_or(within));
        }
        let covered = self.made.size();
        Ok(Checked { covered, not_yet_covered: 0, ..self.end()? })
    }

    /// Events that name a history name that of a head.
    fn is_of_the_history_of(&self, head: &Head) -> Result<(), Differs> {
        let Some(History { source, .. }) = &self.history else { return Ok(()) };
        if source.strip_prefix("urn:uuid:").is_some_and(|uuid| head.is_of(uuid)) {
            return Ok(());
        }
        Err(Differs::OtherHistory { position: 1, found: source.clone(), expected: head.origin.clone() })
    }

    /// Compares with each head that covers just what has been seen.
    fn compare(&mut self) -> Result<(), Differs> {
        while let Some(head) = self.heads.get(self.agreed).filter(|head| head.size == self.made.size()) {
            if head.root != self.made.root() {
                let claims_are_true = self.claims.edge.as_ref().is_some_and(|claimed| claimed.root() == head.root);
                let within = Differs::Within { from: position(self.agreed_size()) + 1, to: position(head.size) };
                return Err(self.wrong_before().filter(|_| claims_are_true).unwrap_or(within));
            }
            self.agreed += 1;
        }
        Ok(())
    }

    /// Events that the newest head covers that was agreed with.
    fn agreed_size(&self) -> u64 {
        self.agreed.checked_sub(1).map_or(0, |before| self.heads[before].size)
    }

    fn no_event(&self, source: NotAnEvent) -> Differs {
        Differs::NotAnEvent { position: self.last + 1, source }
    }

    /// The first event so far that is another than it claims to be.
    fn wrong_before(&self) -> Option<Differs> {
        self.claims.first_wrong.map(|position| Differs::Changed { position })
    }
}

impl Claims {
    fn push(&mut self, position: i64, claimed: Option<Leaf>, made: Leaf, full: &mut Vec<FullTile>) {
        let Some(claimed) = claimed else {
            self.edge = None;
            return;
        };
        if let Some(edge) = &mut self.edge {
            edge.push(claimed, full);
            if claimed != made {
                self.first_wrong.get_or_insert(position);
            }
        }
    }
}

fn position(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
