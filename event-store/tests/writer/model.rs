//! What the tests of the log write: items whose adding rests on gates, claims, receipts and keys.

use std::collections::BTreeMap;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use event_store::{ExecuteError, KeyNames, Receipt, ReceiptKind, Request, Store, StoreError, Unit};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// A command, as it goes to a writer on a line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Command {
    pub id: Uuid,
    pub receipt: Option<(u16, u8)>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum What {
    /// Adds `count` notes to each item, sealed with a key, while the gate is open.
    Add {
        items: Vec<u8>,
        gate: u8,
        count: u8,
        key: u8,
    },
    /// Adds one note to an item that must have had `sequence` events.
    AddAt {
        item: u8,
        sequence: i64,
    },
    SetGate {
        gate: u8,
        open: bool,
    },
    /// Begins a stream without looking.
    Create {
        id: u16,
    },
    Claim {
        name: u8,
        owner: u8,
    },
    Release {
        name: u8,
        owner: u8,
    },
    DestroyKey {
        key: u8,
    },
    /// Holds what PostgreSQL does not take: the group must be split.
    Poison {
        item: u8,
    },
}

/// What a writer answers, on a line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub id: Uuid,
    pub outcome: Outcome,
    /// The last position that this process had been answered before the command began.
    pub since: i64,
    /// Where the log ended after the command was over, or later.
    pub until: i64,
    /// Times that commands of this process were decided again so far.
    pub decided_again: u64,
    /// The groups of this process so far.
    pub groups: Groups,
}

/// What a process measures of the groups that it commits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Groups {
    /// Commands of the largest.
    pub largest: f64,
    /// How often commands were left to the next group, by cause.
    pub deferred: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Appended { position: i64 },
    NothingToDo,
    Replayed { of: Uuid, position: i64 },
    GateClosed,
    WrongSequence,
    ReceiptReused,
    ClaimTaken,
    StreamExists,
    KeyDestroyed,
    Rejected,
    Unavailable,
    OutOfSpace,
    Busy,
}

#[derive(Debug)]
pub(crate) enum Refusal {
    Closed,
    WrongSequence,
    Store,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if !matches!(error, StoreError::Decided) {
            eprintln!("{error}");
        }
        Self::Store
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    Noted { ordinal: u8, note: Note },
    Opened,
    Closed,
    Began,
    Claimed { name: u8, owner: u8 },
    Released { name: u8, owner: u8 },
    KeyDestroyed { key: u8 },
    Poisoned,
}

/// A sealed field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub key: String,
    pub open: Option<String>,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        let name = serde_json::to_value(self).expect("JSON")["type"].as_str().expect("tagged").to_owned();
        if let Self::Poisoned = self { format!("{name}\0") } else { name }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

macro_rules! aggregates {
    ($($name:ident $kind:literal)*) => {$(
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        pub(crate) struct $name {
            pub closed: bool,
            pub notes: u32,
        }

        impl Aggregate for $name {
            const TYPE: &'static str = $kind;
            type Command = Vec<Event>;
            type Event = Event;
            type Error = std::convert::Infallible;
            type Services = ();

            async fn handle(&mut self, events: Vec<Event>, (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
                for event in events {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Event) {
                match event {
                    Event::Noted { .. } => self.notes += 1,
                    Event::Opened => self.closed = false,
                    Event::Closed => self.closed = true,
                    Event::Began | Event::Claimed { .. } | Event::Released { .. } | Event::KeyDestroyed { .. } | Event::Poisoned => {}
                }
            }
        }
    )*};
}

aggregates! { Item "item" Gate "gate" Thing "thing" Claims "claims" }

/// What the names of the keys of these tests say: those of `fleeting/` are kept by nobody.
pub(crate) const NAMES: KeyNames = KeyNames { wrapped_by, is_fleeting: |name| name.starts_with("fleeting/") };

fn wrapped_by(name: &str) -> Vec<String> {
    let number = name.strip_prefix("note/").or_else(|| name.strip_prefix("fleeting/"));
    number.map(|number| vec![format!("owner/{number}")]).unwrap_or_default()
}

/// Keys from here on are fleeting.
pub(crate) const FLEETING: u8 = 200;

pub(crate) fn name_of(key: u8) -> String {
    if key < FLEETING { format!("note/{key}") } else { format!("fleeting/{key}") }
}

fn noted(ordinal: u8, key: u8) -> Event {
    Event::Noted { ordinal, note: Note { key: name_of(key), open: Some(format!("note {ordinal}")) } }
}

/// Executes a command against the log.
pub(crate) async fn execute(store: &Store, command: &Command) -> Outcome {
    let receipt = command.receipt.map(|(key, body)| Receipt {
        kind: ReceiptKind::IdempotencyKey,
        key: key.to_string(),
        mac: vec![body],
    });
    let request = Request {
        command_id: command.id,
        correlation_id: None,
        causation_id: None,
        actor_id: None,
        session_id: None,
        occurred_at: OffsetDateTime::UNIX_EPOCH,
        traceparent: None,
        receipts: receipt.into_iter().collect(),
        looks: false,
    };
    let result = store
        .execute(&request, |unit| async move {
            unit.idempotent("tester").await?;
            decide(&unit, &command.what).await?;
            Ok::<_, Refusal>(command.id)
        })
        .await;
    match result {
        Ok(done) if done.replayed => Outcome::Replayed { of: done.value, position: done.position },
        Ok(done) if done.appended => Outcome::Appended { position: done.position },
        Ok(_) => Outcome::NothingToDo,
        Err(ExecuteError::Refused(Refusal::Closed)) => Outcome::GateClosed,
        Err(ExecuteError::Refused(Refusal::WrongSequence)) => Outcome::WrongSequence,
        Err(ExecuteError::Refused(Refusal::Store) | ExecuteError::Unavailable) => Outcome::Unavailable,
        Err(ExecuteError::OutOfSpace) => Outcome::OutOfSpace,
        Err(ExecuteError::ReceiptReused(_)) => Outcome::ReceiptReused,
        Err(ExecuteError::ClaimTaken(_)) => Outcome::ClaimTaken,
        Err(ExecuteError::StreamExists) => Outcome::StreamExists,
        Err(ExecuteError::KeyDestroyed) => Outcome::KeyDestroyed,
        Err(ExecuteError::Busy) => Outcome::Busy,
        Err(ExecuteError::Bug(error)) => {
            if !matches!(command.what, What::Poison { .. }) {
                eprintln!("{error}");
            }
            Outcome::Rejected
        }
    }
}

async fn decide(unit: &Unit, what: &What) -> Result<(), Refusal> {
    match what {
        What::Add { items, gate, count, key } => {
            if unit.load::<Gate>(&gate.to_string()).await?.closed {
                return Err(Refusal::Closed);
            }
            for item in items {
                let id = item.to_string();
                unit.load::<Item>(&id).await?;
                unit.append::<Item>(&id, (0..*count).map(|ordinal| noted(ordinal, *key)).collect(), None);
            }
        }
        What::AddAt { item, sequence } => {
            let id = item.to_string();
            if unit.load::<Item>(&id).await?.sequence != *sequence {
                return Err(Refusal::WrongSequence);
            }
            unit.append::<Item>(&id, vec![Event::Began], None);
        }
        What::SetGate { gate, open } => {
            let id = gate.to_string();
            if unit.load::<Gate>(&id).await?.closed == *open {
                unit.append::<Gate>(&id, vec![if *open { Event::Opened } else { Event::Closed }], None);
            }
        }
        What::Create { id } => unit.append::<Thing>(&id.to_string(), vec![Event::Began], None),
        What::Claim { name, owner } => {
            unit.claim("name", vec![*name], owner.to_string());
            let id = owner.to_string();
            unit.append_blindly::<Claims>(&id, vec![Event::Claimed { name: *name, owner: *owner }], None).await?;
        }
        What::Release { name, owner } => {
            unit.release("name", vec![*name], owner.to_string());
            let id = owner.to_string();
            unit.append_blindly::<Claims>(&id, vec![Event::Released { name: *name, owner: *owner }], None).await?;
        }
        What::DestroyKey { key } => {
            unit.destroy_key(&name_of(*key));
            unit.append_blindly::<Claims>("keys", vec![Event::KeyDestroyed { key: *key }], None).await?;
        }
        What::Poison { item } => unit.append_blindly::<Item>(&item.to_string(), vec![Event::Poisoned], None).await?,
    }
    Ok(())
}
