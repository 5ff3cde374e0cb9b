//! Replays the log through the model, one command after the other, as if there had never been two at once; then sees
//! that each refusal is right at some place of that history, and that every note opens.

use std::collections::{HashMap, HashSet};

use event_store::{Keyring, MasterKey, Recorded};
use serde_json::json;
use uuid::Uuid;

use super::past::Past;
use crate::database::{Database, master};
use crate::model::{Answer, Command, NAMES, Outcome, What, name_of};

#[derive(Default)]
struct Model {
    /// The last sequence of each stream.
    streams: Past<String, i64>,
    closed: Past<u8, bool>,
    claims: Past<u8, Option<u8>>,
    destroyed: Past<u8, bool>,
    receipts: HashMap<u16, (u8, Uuid)>,
    /// Of each command's last event.
    positions: HashMap<Uuid, i64>,
    /// Receipts of commands that changed nothing, or may have: the log does not tell.
    beside: HashSet<(u16, u8)>,
}

pub(crate) async fn check(database: &Database, commands: &[Command], answers: &HashMap<Uuid, Answer>) {
    let reader = event_store::Reader::new(database.pool(Some("hansard_writer")).await);
    let log = reader.after(0, 100_000).await.unwrap();
    let head = reader.head().await.unwrap();
    assert_eq!(log.iter().map(|event| event.position).collect::<Vec<_>>(), (1..=head.position).collect::<Vec<_>>());
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    assert_eq!(log.iter().map(|event| event.event_id).collect::<HashSet<_>>().len(), log.len(), "event ids are unique");

    let commands = commands.iter().map(|command| (command.id, command)).collect::<HashMap<_, _>>();
    let mut model = Model::default();
    for events in log.chunk_by(|one, next| id(one) == id(next)) {
        model.accept(commands[&id(&events[0])], events);
    }
    model.beside = beside(&model, &commands, answers);
    for (id, answer) in answers {
        model.judge(&commands, commands[id], answer);
    }
    notes_open(database, &log, &commands, &model).await;
}

fn id(event: &Recorded) -> Uuid {
    event.metadata().unwrap().command_id
}

fn beside(model: &Model, commands: &HashMap<Uuid, &Command>, answers: &HashMap<Uuid, Answer>) -> HashSet<(u16, u8)> {
    let answers = answers.values().filter(|answer| {
        matches!(answer.outcome, Outcome::NothingToDo | Outcome::Unavailable)
            && !model.positions.contains_key(&answer.id)
    });
    let commands = answers.map(|answer| commands[&answer.id]);
    commands
        .filter(|command| matches!(command.what, What::SetGate { .. }))
        .filter_map(|command| command.receipt)
        .collect()
}

/// Every note opens to what was said, whichever process sealed it, unless its key is destroyed.
async fn notes_open(database: &Database, log: &[Recorded], commands: &HashMap<Uuid, &Command>, model: &Model) {
    let pool = database.pool(Some("hansard_writer")).await;
    let keyring = Keyring::new(pool, MasterKey::parse(&master()).unwrap(), NAMES, vec![]);
    let payloads = keyring.open_as_stored(log).await.expect("all that was sealed opens with the keys on record");
    let (mut open, mut gone) = (0, 0);
    let told = log.iter().zip(payloads).collect::<Vec<_>>();
    for told in told.chunk_by(|(one, _), (next, _)| id(one) == id(next)) {
        let What::Add { count, key, .. } = commands[&id(told[0].0)].what else { continue };
        for (ordinal, (event, payload)) in (0..count).cycle().zip(told) {
            let note = if model.destroyed.now(&key) {
                gone += 1;
                json!({"key": name_of(key)})
            } else {
                open += 1;
                json!({"key": name_of(key), "open": format!("note {ordinal}")})
            };
            assert_eq!((&payload["ordinal"], &payload["note"]), (&json!(ordinal), &note), "at {}", event.position);
        }
    }
    assert!(open > 0 && gone > 0, "{open} notes are open, the keys of {gone} are destroyed");
}

impl Model {
    /// Compares an answer with the history.
    fn judge(&self, commands: &HashMap<Uuid, &Command>, command: &Command, answer: &Answer) {
        let recorded = self.positions.get(&command.id).copied();
        match &answer.outcome {
            Outcome::Appended { position } => {
                assert_eq!(recorded, Some(*position), "{command:?}");
                assert!(*position > answer.since, "it comes after what was answered before it: {command:?}");
            }
            Outcome::Replayed { of, position } => {
                assert_eq!(recorded, None);
                assert_eq!(command.receipt, commands[of].receipt, "the same name and body");
                match self.positions.get(of) {
                    Some(recorded) => assert_eq!(recorded, position),
                    None => self.changed_nothing(commands[of]),
                }
            }
            Outcome::Unavailable => {} // the client was told that it is not known
            Outcome::NothingToDo
            | Outcome::GateClosed
            | Outcome::WrongSequence
            | Outcome::ReceiptReused
            | Outcome::ClaimTaken
            | Outcome::StreamExists
            | Outcome::KeyDestroyed
            | Outcome::Rejected
            | Outcome::OutOfSpace
            | Outcome::Busy => {
                assert_eq!(recorded, None, "{answer:?} is nowhere: {command:?}");
                assert!(self.is_right(command, answer), "{answer:?} is right nowhere: {command:?}");
            }
        }
        if answer.outcome == Outcome::NothingToDo {
            self.changed_nothing(command);
        }
    }

    /// Whether the history has a place for a command without an effect: after all that its process had been answered
    /// before, and not after what was on record once it was answered itself.
    fn is_right(&self, command: &Command, answer: &Answer) -> bool {
        let span = answer.since..=answer.until;
        match (&answer.outcome, &command.what) {
            (Outcome::NothingToDo, What::SetGate { gate, open }) => {
                self.closed.was(gate, &span, |closed| closed != *open)
            }
            (Outcome::GateClosed, What::Add { gate, .. }) => self.closed.was(gate, &span, |closed| closed),
            (Outcome::WrongSequence, What::AddAt { item, sequence }) => {
                self.streams.was(&format!("item-{item}"), &span, |last| last != *sequence)
            }
            (Outcome::ClaimTaken, What::Claim { name, owner }) => {
                self.claims.was(name, &span, |holder| holder.is_some_and(|holder| holder != *owner))
            }
            (Outcome::StreamExists, What::Create { id }) => {
                self.streams.was(&format!("thing-{id}"), &span, |last| last > 0)
            }
            (Outcome::KeyDestroyed, What::Add { key, .. }) => self.destroyed.was(key, &span, |destroyed| destroyed),
            (Outcome::ReceiptReused, _) => command.receipt.is_some_and(|receipt| self.is_reused(receipt, answer.until)),
            (Outcome::Rejected, What::Poison { .. }) => true,
            _ => false,
        }
    }

    /// Whether a request with another body had this receipt by then.
    fn is_reused(&self, (key, body): (u16, u8), until: i64) -> bool {
        let of = self.receipts.get(&key).filter(|(other, _)| *other != body);
        of.is_some_and(|(_, of)| self.positions[of] <= until)
            || self.beside.iter().any(|(same, other)| *same == key && *other != body)
    }

    /// A command that was accepted without an event: its receipt is nobody else's.
    fn changed_nothing(&self, command: &Command) {
        assert!(matches!(command.what, What::SetGate { .. }), "{command:?}");
        let other = command.receipt.and_then(|(key, _)| self.receipts.get(&key));
        assert_eq!(other, None, "a receipt is used once: {command:?}");
    }

    /// Decides a command from the state that all before it have made: it must be accepted with just these events.
    fn accept(&mut self, command: &Command, events: &[Recorded]) {
        let position = events.last().unwrap().position;
        let earlier = self.positions.insert(command.id, position);
        assert_eq!(earlier, None, "{command:?} is on record once, whole and together");
        if let Some((key, body)) = command.receipt {
            assert_eq!(self.receipts.insert(key, (body, command.id)), None, "a receipt is used once: {command:?}");
        }
        let expected = match &command.what {
            What::Add { items, gate, count, key } => {
                assert!(!self.closed.now(gate), "the gate was closed: {command:?}");
                assert!(!self.destroyed.now(key), "the key was destroyed: {command:?}");
                items.iter().flat_map(|item| (0..*count).map(move |_| (format!("item-{item}"), "noted"))).collect()
            }
            What::AddAt { item, sequence } => {
                let stream = format!("item-{item}");
                assert_eq!(self.streams.now(&stream), *sequence, "{command:?}");
                vec![(stream, "began")]
            }
            What::SetGate { gate, open } => {
                assert_eq!(self.closed.now(gate), *open, "nothing to do: {command:?}");
                self.closed.becomes(*gate, position, !*open);
                vec![(format!("gate-{gate}"), if *open { "opened" } else { "closed" })]
            }
            What::Create { id } => vec![(format!("thing-{id}"), "began")],
            What::Claim { name, owner } => {
                let before = self.claims.now(name);
                assert!(before.is_none_or(|before| before == *owner), "taken by {before:?}: {command:?}");
                self.claims.becomes(*name, position, Some(*owner));
                vec![(format!("claims-{owner}"), "claimed")]
            }
            What::Release { name, owner } => {
                if self.claims.now(name) == Some(*owner) {
                    self.claims.becomes(*name, position, None);
                }
                vec![(format!("claims-{owner}"), "released")]
            }
            What::DestroyKey { key } => {
                self.destroyed.becomes(*key, position, true);
                vec![("claims-keys".to_owned(), "key_destroyed")]
            }
            What::Poison { .. } => panic!("PostgreSQL takes no U+0000: {command:?}"),
        };
        assert_eq!(events.len(), expected.len(), "{command:?}");
        for (event, (stream, event_type)) in events.iter().zip(expected) {
            assert_eq!((event.stream(), event.event_type.as_str()), (stream.clone(), event_type), "{command:?}");
            assert_eq!(event.sequence, self.streams.now(&stream) + 1, "{command:?}");
            self.streams.becomes(stream, event.position, event.sequence);
        }
        if let What::Create { .. } = command.what {
            assert_eq!(events[0].sequence, 1);
        }
    }
}
