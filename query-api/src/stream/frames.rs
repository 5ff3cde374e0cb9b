//! What one client is sent, whichever way it is connected: `ready`, what it missed, and then what happens.

use std::fmt::{self, Display, Formatter};
use std::num::ParseIntError;
use std::str::FromStr;

use serde_json::{Value, json};

use super::hub::{Delivery, Joined};
use super::resume::{Missed, Resume};

/// Deliveries that are taken at once, to be written before they are flushed.
const AT_ONCE: usize = 64;

/// A text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// Where a client that has it goes on from; none of what has no place in the log.
    pub(super) place: Option<Place>,
    pub(super) text: String,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Of which log: each that is restored from an older copy has another.
    pub(super) epoch: i32,
    pub(super) position: i64,
}

impl Place {
    /// The epoch of a log that was never restored, which is not said.
    pub(super) const FIRST: i32 = 1;
}

impl Display for Place {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self { epoch, position } = self;
        if *epoch == Self::FIRST { write!(to, "{position}") } else { write!(to, "{position}-{epoch}") }
    }
}

impl FromStr for Place {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text.split_once('-') {
            Some((position, epoch)) => Ok(Self { epoch: epoch.parse()?, position: position.parse()? }),
            None => Ok(Self { epoch: Self::FIRST, position: text.parse()? }),
        }
    }
}

/// What one client is sent, in order.
pub(super) struct Frames {
    joined: Joined,
    /// What it missed, until it was sent.
    resume: Option<Resume>,
    /// The position of the frame before.
    previous: i64,
    /// What it fetches anew holds what happened up to here.
    fetched: i64,
    taken: Vec<Delivery>,
}

impl Frames {
    /// For a client that joined, and comes back if there is something to resume.
    pub(super) fn new(joined: Joined, resume: Option<Resume>) -> Self {
        let position = joined.position;
        let previous = resume.as_ref().map_or(position, |resume| resume.since);
        Self { joined, resume, previous, fetched: position, taken: Vec::new() }
    }

    /// Whose frames they are, and which stream.
    pub(super) fn whose(&self) -> (uuid::Uuid, u64) {
        (self.joined.user, self.joined.stream)
    }

    /// The first frame.
    pub(super) fn ready(&self) -> Text {
        let position = self.joined.position;
        let place = self.resume.is_none().then(|| self.place(position));
        Text { place, text: self.tells("ready", position) }
    }

    /// Up to where a client that is told nothing else now was told everything.
    pub(super) fn told(&self, position: i64) -> Place {
        self.place(position.max(self.previous))
    }

    fn place(&self, position: i64) -> Place {
        Place { epoch: self.joined.epoch, position }
    }

    /// A frame of the stream itself.
    fn tells(&self, kind: &str, position: i64) -> String {
        let mut frame = json!({"type": kind, "position": position});
        if self.joined.epoch != Place::FIRST {
            frame["epoch"] = Value::from(self.joined.epoch);
        }
        frame.to_string()
    }

    /// Some of what it missed, in order; nothing once it was told all.
    pub(super) async fn missed(&mut self) -> Vec<Text> {
        let Some(resume) = &mut self.resume else { return vec![] };
        match resume.next(self.joined.position).await {
            Missed::Frames(frames) => {
                let mut texts = Vec::with_capacity(frames.len());
                for frame in frames {
                    texts.push(self.text(&Delivery::Frame(frame)));
                }
                texts.into_iter().flatten().collect()
            }
            Missed::TooMuch => {
                self.resume = None;
                self.text(&Delivery::Reset(self.joined.position)).into_iter().collect()
            }
            Missed::Nothing => {
                self.resume = None;
                vec![]
            }
        }
    }

    /// Whether there is something that it missed and was not told.
    pub(super) fn is_behind(&self) -> bool {
        self.resume.is_some()
    }

    /// What happens next: all that is ready, at least one thing. Nothing if the hub is gone. Cancel-safe.
    pub(super) async fn next(&mut self) -> Vec<Text> {
        loop {
            if self.joined.deliveries.recv_many(&mut self.taken, AT_ONCE).await == 0 {
                return vec![];
            }
            let texts = self.written();
            if !texts.is_empty() {
                return texts;
            }
        }
    }

    /// What is ready of what happened, without waiting.
    pub(super) fn ready_now(&mut self) -> Vec<Text> {
        while let Ok(delivery) = self.joined.deliveries.try_recv() {
            self.taken.push(delivery);
        }
        self.written()
    }

    fn written(&mut self) -> Vec<Text> {
        let taken = std::mem::take(&mut self.taken);
        let texts = taken.iter().filter_map(|delivery| self.text(delivery)).collect();
        self.taken = taken;
        self.taken.clear();
        texts
    }

    /// Nothing of what is held by what the client fetched anew.
    fn text(&mut self, delivery: &Delivery) -> Option<Text> {
        match delivery {
            Delivery::Frame(frame) if self.resume.is_none() && frame.position <= self.fetched => None,
            Delivery::Frame(frame) => {
                // What was read is told a moment later, at the place of the frame before.
                let position = frame.position.max(self.previous);
                let text = frame.at(position, self.previous);
                self.previous = position;
                Some(Text { place: Some(self.place(position)), text })
            }
            Delivery::Passing(text) => Some(Text { place: None, text: text.to_string() }),
            Delivery::OtherLog(epoch) => {
                self.joined.epoch = *epoch;
                None
            }
            Delivery::Reset(position) => {
                (self.previous, self.fetched) = (*position, *position);
                Some(Text { place: Some(self.place(*position)), text: self.tells("reset", *position) })
            }
        }
    }
}
