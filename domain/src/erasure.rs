//! Erasure: what ends for good, because the keys that it was sealed with are destroyed.
//!
//! The event that erases destroys the keys, in its append. Copies that were readable are purged afterwards; once none is left, the
//! stream of the erasure says so.

mod command;
mod decide;
mod event;
mod evolve;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use uuid::Uuid;

use crate::id::{ErasureId, derived};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

pub use command::CompletionCommand;
pub use event::CompletionEvent;

/// What an append destroyed for good. Events that erase hold it; their receipt is known by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Names its receipt.
    pub id: ErasureId,
    /// The keys that are destroyed; whatever they wrapped ends with them.
    pub keys: Vec<KeyName>,
}

impl Erasure {
    /// The erasure that destroys `key`: one and the same whenever it is asked for, as a key is destroyed once.
    pub fn of(key: KeyName) -> Self {
        Self { id: ErasureId(derived("erasure", key.as_str())), keys: vec![key] }
    }

    /// The same, which destroys these keys besides.
    #[must_use]
    pub fn with(mut self, keys: impl IntoIterator<Item = KeyName>) -> Self {
        self.keys.extend(keys);
        self
    }
}

/// What an erasure destroyed, once no copy is left: all that its receipt tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// What was erased: `account`, `message`, `file`; `messages` that a room kept for a time only.
    pub kind: String,
    /// Its id; of `messages` the room's.
    pub id: Uuid,
    /// The keys that were destroyed.
    pub keys: Vec<KeyName>,
    /// The names of bytes that were removed.
    pub blobs: Vec<String>,
    /// Of what cannot be read any more: all that the keys sealed, or keys that these wrapped. At first, of a `message` and a
    /// `file` those of its own stream, whether anything was sealed there or not.
    pub positions: Vec<i64>,
    /// Of the event that erased it.
    pub position: i64,
}

/// How far an erasure has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Whether no copy is left that the server holds.
    pub finished: bool,
}

impl Aggregate for Completion {
    const TYPE: &'static str = "erasure";
    type Command = CompletionCommand;
    type Event = CompletionEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: CompletionCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: CompletionEvent) {
        self.evolve(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ALICE, BOB, given};

    #[test]
    fn a_key_is_destroyed_by_one_erasure() {
        let erasure = Erasure::of(KeyName::user(ALICE));
        assert_eq!(
            (erasure.keys.as_slice(), &erasure),
            ([KeyName::user(ALICE)].as_slice(), &Erasure::of(KeyName::user(ALICE)))
        );
        assert_ne!(erasure.id, Erasure::of(KeyName::user(BOB)).id);
    }

    #[test]
    fn an_erasure_is_finished_once() {
        let (kind, keys, blobs) = ("account".to_owned(), vec![KeyName::user(ALICE)], vec![]);
        let finished = Finished { kind, id: ALICE.0, keys, blobs, positions: vec![1], position: 2 };
        let (event, finish) = (CompletionEvent::ErasureFinished(finished.clone()), CompletionCommand::Finish(finished));
        given::<Completion>([]).when(finish.clone()).then_expect_events(vec![event.clone()]);
        given::<Completion>([event]).when(finish).then_expect_events(vec![]);
    }
}
