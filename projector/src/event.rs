//! Events as projections see them: opened and parsed, or the reason why they cannot be.

use cqrs_es::DomainEvent;
use domain::admins::AdminsEvent;
use domain::audit::AuditEvent;
use domain::blob::BlobEvent;
use domain::call::CallEvent;
use domain::erasure::CompletionEvent;
use domain::file::FileEvent;
use domain::holds::HoldsEvent;
use domain::id::InviteCode;
use domain::invite::InviteEvent;
use domain::membership::MembershipEvent;
use domain::message::MessageEvent;
use domain::reaction::ReactionEvent;
use domain::reading::ReadingEvent;
use domain::retention::RetentionEvent;
use domain::room::RoomEvent;
use domain::session::SessionEvent;
use domain::settings::SettingsEvent;
use domain::user::UserEvent;
use event_store::{KeyError, Keyring, Recorded, Told};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::projection::Poison;

/// Events whose keys are asked for at once; between two such chunks other tasks get their turn.
const CHUNK: usize = 500;

/// An event of the log, opened as far as it can be.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) recorded: Recorded,
    /// None also where the metadata cannot be read.
    pub(crate) room_id: Option<Uuid>,
    /// None also where the metadata cannot be read.
    pub(crate) actor_id: Option<Uuid>,
    /// Joins its projection to the request that caused it.
    pub(crate) traceparent: Option<String>,
    /// The keyring's losses when it was opened: under another count it may hold what is not to be read any more.
    pub(crate) losses: u64,
    pub(crate) event: Result<Event, Poison>,
}

/// What a projection sees of an event.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its place in the log.
    pub(crate) position: i64,
    /// Its place in its stream: the version of the thing from now on.
    pub(crate) sequence: i64,
    /// When it happened.
    pub(crate) at: OffsetDateTime,
    /// Bytes of its payload as stored.
    pub(crate) size: i64,
    /// Its own id.
    pub(crate) id: Uuid,
    /// Who acted; nobody of an import or the operator.
    pub(crate) actor: Option<Uuid>,
    pub(crate) fact: Fact,
}

/// What happened, with the id of the stream where the fact does not name it.
#[derive(Debug)]
pub(crate) enum Fact {
    User(Uuid, UserEvent),
    Session(Uuid, SessionEvent),
    Settings(Uuid, SettingsEvent),
    Room(Uuid, RoomEvent),
    Membership(MembershipEvent),
    Invite(Uuid, InviteEvent),
    Message(Uuid, MessageEvent),
    Reaction(ReactionEvent),
    Reading(ReadingEvent),
    File(Uuid, FileEvent),
    Call(Uuid, CallEvent),
    Erasure(Uuid, CompletionEvent),
    Retention(RetentionEvent),
    /// Of no read model, as accounts tell the same; read so that one that nobody can read is noticed.
    Admins(AdminsEvent),
    /// Of no read model; read so that one that nobody can read is noticed.
    Audit(AuditEvent),
    /// Of no read model; read so that one that nobody can read is noticed.
    Holds(HoldsEvent),
    /// Of no read model; read so that one that nobody can read is noticed.
    Blob(BlobEvent),
}

impl Fact {
    /// The name under which it is stored.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::User(_, fact) => fact.type_name(),
            Self::Session(_, fact) => fact.type_name(),
            Self::Settings(_, fact) => fact.type_name(),
            Self::Room(_, fact) => fact.type_name(),
            Self::Membership(fact) => fact.type_name(),
            Self::Invite(_, fact) => fact.type_name(),
            Self::Message(_, fact) => fact.type_name(),
            Self::Reaction(fact) => fact.type_name(),
            Self::Reading(fact) => fact.type_name(),
            Self::File(_, fact) => fact.type_name(),
            Self::Call(_, fact) => fact.type_name(),
            Self::Erasure(_, fact) => fact.type_name(),
            Self::Retention(fact) => fact.type_name(),
            Self::Admins(fact) => fact.type_name(),
            Self::Audit(fact) => fact.type_name(),
            Self::Holds(fact) => fact.type_name(),
            Self::Blob(fact) => fact.type_name(),
        }
    }
}

/// What is needed of [`event_store::Metadata`].
#[derive(Deserialize)]
struct Metadata {
    room_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    occurred_at: String,
    traceparent: Option<String>,
}

/// Opens events. An event that cannot be read is no error: it says so itself.
pub(crate) async fn open(keyring: &Keyring, events: Vec<Recorded>) -> Result<Vec<Opened>, KeyError> {
    let mut opened = Vec::with_capacity(events.len());
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let chunk: Vec<_> = events.by_ref().take(CHUNK).collect();
        let losses = keyring.losses();
        let told = told(keyring, &chunk).await?;
        opened.extend(chunk.into_iter().zip(told).map(|(recorded, told)| read(recorded, told, losses)));
        tokio::task::yield_now().await;
    }
    Ok(opened)
}

/// What events tell, with their sealed fields opened. Where the whole cannot be opened, halves are, until the events that
/// are to blame are alone.
async fn told(keyring: &Keyring, events: &[Recorded]) -> Result<Vec<Result<Told, Poison>>, KeyError> {
    match keyring.open(events).await {
        Ok(told) => Ok(told.into_iter().map(Ok).collect()),
        // No fault of an event: all of them wait until the key store, or the master key at hand, is right again.
        Err(error @ (KeyError::Unavailable(_) | KeyError::MasterAway { .. } | KeyError::WrongMaster(_))) => Err(error),
        Err(KeyError::Damaged { .. } | KeyError::DamagedKey(_) | KeyError::NotJson(_)) if events.len() == 1 => {
            Ok(vec![Err(Poison::Sealed)])
        }
        Err(KeyError::Damaged { .. } | KeyError::DamagedKey(_) | KeyError::NotJson(_)) => {
            let (first, second) = events.split_at(events.len() / 2);
            let mut opened = Box::pin(told(keyring, first)).await?;
            opened.extend(Box::pin(told(keyring, second)).await?);
            Ok(opened)
        }
    }
}

fn read(recorded: Recorded, told: Result<Told, Poison>, losses: u64) -> Opened {
    let metadata: Result<Metadata, _> = serde_json::from_str(&recorded.metadata).map_err(|_| Poison::Metadata);
    let event = told.and_then(|told| event(&recorded, metadata.as_ref().map_err(Clone::clone)?, told));
    let (room_id, actor_id, traceparent) =
        metadata.map_or((None, None, None), |metadata| (metadata.room_id, metadata.actor_id, metadata.traceparent));
    Opened { recorded, room_id, actor_id, traceparent, losses, event }
}

fn event(recorded: &Recorded, metadata: &Metadata, told: Told) -> Result<Event, Poison> {
    let at = OffsetDateTime::parse(&metadata.occurred_at, &Rfc3339).map_err(|_| Poison::Metadata)?;
    let id = || Uuid::try_parse(&recorded.aggregate_id).map_err(|_| Poison::Stream);
    let fact = match recorded.aggregate_type.as_str() {
        "user" => Fact::User(id()?, parse(told)?),
        "session" => Fact::Session(id()?, parse(told)?),
        "settings" => Fact::Settings(id()?, parse(told)?),
        "room" => Fact::Room(id()?, parse(told)?),
        "membership" => Fact::Membership(parse(told)?),
        "invite" => {
            let code: InviteCode = recorded.aggregate_id.parse().map_err(|_| Poison::Stream)?;
            Fact::Invite(code.0, parse(told)?)
        }
        "message" => Fact::Message(id()?, parse(told)?),
        "reaction" => Fact::Reaction(parse(told)?),
        "reading" => Fact::Reading(parse(told)?),
        "file" => Fact::File(id()?, parse(told)?),
        "call" => Fact::Call(id()?, parse(told)?),
        "erasure" => Fact::Erasure(id()?, parse(told)?),
        "retention" => Fact::Retention(parse(told)?),
        "admins" => Fact::Admins(parse(told)?),
        "audit" => Fact::Audit(parse(told)?),
        "holds" => Fact::Holds(parse(told)?),
        "blob" => Fact::Blob(parse(told)?),
        _ => return Err(Poison::Stream),
    };
    let size = i64::try_from(recorded.payload.len()).unwrap_or(i64::MAX);
    let (id, actor) = (recorded.event_id, metadata.actor_id);
    Ok(Event { position: recorded.position, sequence: recorded.sequence, at, size, id, actor, fact })
}

/// What is wrong with a payload is not told: it would tell readable content.
fn parse<F: DomainEvent>(told: Told) -> Result<F, Poison> {
    told.fact().map_err(|_| Poison::Payload)
}
