//! Replays the log through the model, one command after the other, as if there had never been two at once.

use std::collections::{HashMap, HashSet};

use event_store::Recorded;
use uuid::Uuid;

use crate::database::Database;
use crate::model::{Command, Outcome, What};

#[derive(Default)]
struct Model {
    streams: HashMap<String, i64>,
    closed: HashSet<u8>,
    claims: HashMap<u8, u8>,
    destroyed: HashSet<u8>,
    receipts: HashMap<u16, (u8, Uuid)>,
}

pub(crate) async fn check(database: &Database, commands: &[Command], answers: &HashMap<Uuid, Outcome>) {
    let reader = event_store::Reader::new(database.pool(Some("hansard_writer")).await);
    let log = reader.after(0, 100_000).await.unwrap();
    let head = reader.head().await.unwrap();
    assert_eq!(log.iter().map(|event| event.position).collect::<Vec<_>>(), (1..=head.position).collect::<Vec<_>>());
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    assert_eq!(log.iter().map(|event| event.event_id).collect::<HashSet<_>>().len(), log.len(), "event ids are unique");

    let commands = commands.iter().map(|command| (command.id, command)).collect::<HashMap<_, _>>();
    let mut model = Model::default();
    let mut positions = HashMap::new();
    for events in log.chunk_by(|one, next| id(one) == id(next)) {
        let command = commands[&id(&events[0])];
        let earlier = positions.insert(command.id, events.last().unwrap().position);
        assert_eq!(earlier, None, "{command:?} is on record once, whole and together");
        model.accept(command, events);
    }
    for (id, outcome) in answers {
        let recorded = positions.get(id).copied();
        match outcome {
            Outcome::Appended { position } => assert_eq!(recorded, Some(*position), "{:?}", commands[id]),
            Outcome::Replayed { of, position } => {
                assert_eq!(recorded, None);
                assert_eq!(commands[id].receipt, commands[of].receipt, "the same name and body");
                match positions.get(of) {
                    Some(recorded) => assert_eq!(recorded, position),
                    None => model.changed_nothing(commands[of]),
                }
            }
            Outcome::Unavailable => {} // the client was told that it is not known
            Outcome::NothingToDo => {
                assert_eq!(recorded, None);
                model.changed_nothing(commands[id]);
            }
            Outcome::GateClosed
            | Outcome::WrongSequence
            | Outcome::ReceiptReused
            | Outcome::ClaimTaken
            | Outcome::StreamExists
            | Outcome::KeyDestroyed
            | Outcome::Rejected
            | Outcome::Busy => assert_eq!(recorded, None, "{outcome:?} is nowhere: {:?}", commands[id]),
        }
    }
}

fn id(event: &Recorded) -> Uuid {
    event.metadata().unwrap().command_id
}

impl Model {
    /// A command that was accepted without an event: its receipt is nobody else's.
    fn changed_nothing(&self, command: &Command) {
        assert!(matches!(command.what, What::SetGate { .. }), "{command:?}");
        let other = command.receipt.and_then(|(key, _)| self.receipts.get(&key));
        assert_eq!(other, None, "a receipt is used once: {command:?}");
    }

    /// Decides a command from the state that all before it have made: it must be accepted with just these events.
    fn accept(&mut self, command: &Command, events: &[Recorded]) {
        if let Some((key, body)) = command.receipt {
            assert_eq!(self.receipts.insert(key, (body, command.id)), None, "a receipt is used once: {command:?}");
        }
        let expected = match &command.what {
            What::Add { items, gate, count, key } => {
                assert!(!self.closed.contains(gate), "the gate was closed: {command:?}");
                assert!(!self.destroyed.contains(key), "the key was destroyed: {command:?}");
                items.iter().flat_map(|item| (0..*count).map(move |_| (format!("item-{item}"), "noted"))).collect()
            }
            What::AddAt { item, sequence } => {
                let stream = format!("item-{item}");
                assert_eq!(self.streams.get(&stream).copied().unwrap_or_default(), *sequence, "{command:?}");
                vec![(stream, "began")]
            }
            What::SetGate { gate, open } => {
                let changed = if *open { self.closed.remove(gate) } else { self.closed.insert(*gate) };
                assert!(changed, "nothing to do: {command:?}");
                vec![(format!("gate-{gate}"), if *open { "opened" } else { "closed" })]
            }
            What::Create { id } => vec![(format!("thing-{id}"), "began")],
            What::Claim { name, owner } => {
                let before = self.claims.insert(*name, *owner);
                assert!(before.is_none_or(|before| before == *owner), "taken by {before:?}: {command:?}");
                vec![(format!("claims-{owner}"), "claimed")]
            }
            What::Release { name, owner } => {
                if self.claims.get(name) == Some(owner) {
                    self.claims.remove(name);
                }
                vec![(format!("claims-{owner}"), "released")]
            }
            What::DestroyKey { key } => {
                self.destroyed.insert(*key);
                vec![("claims-keys".to_owned(), "key_destroyed")]
            }
            What::Poison { .. } => panic!("PostgreSQL takes no U+0000: {command:?}"),
        };
        assert_eq!(events.len(), expected.len(), "{command:?}");
        for (event, (stream, event_type)) in events.iter().zip(expected) {
            assert_eq!((event.stream(), event.event_type.as_str()), (stream.clone(), event_type), "{command:?}");
            let sequence = self.streams.entry(stream).or_default();
            *sequence += 1;
            assert_eq!(event.sequence, *sequence, "{command:?}");
        }
        if let What::Create { .. } = command.what {
            assert_eq!(events[0].sequence, 1);
        }
    }
}
