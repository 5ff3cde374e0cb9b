//! cqrs-es's repository over the log: postgres-es reads, group commit writes.

use std::collections::HashMap;

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot};
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::append::{Append, Status};
use crate::committer::{Committer, Timeline, Verdict};
use crate::keyring::Keyring;
use crate::prepare::{Draft, prepare};
use crate::request::Request;
use crate::stream::Stream;

/// A `PersistedEventRepository` that opens sealed fields on reading, brings older shapes to today's, and appends by group commit.
///
/// It takes no snapshots: streams are short. Metadata values are strings, as cqrs-es has them.
pub struct LogRepository {
    reads: PostgresEventRepository,
    keyring: Keyring,
    committer: Committer,
    timeline: Timeline,
}

impl LogRepository {
    pub(crate) fn new(pool: PgPool, keyring: Keyring, committer: Committer, timeline: Timeline) -> Self {
        let reads = PostgresEventRepository::new(pool).with_tables("log.events", "log.no_snapshots");
        Self { reads, keyring, committer, timeline }
    }

    async fn opened<A: Aggregate>(
        &self,
        mut events: Vec<SerializedEvent>,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        for event in &mut events {
            let id = event.metadata.get("event_id").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
            let stream = format!("{}-{}", A::TYPE, event.aggregate_id);
            self.keyring
                .open_one(&mut event.payload, id.unwrap_or_default(), &stream, &event.event_type)
                .await
                .map_err(|error| PersistenceError::UnknownError(Box::new(error)))?;
            event.metadata = as_strings(&event.metadata);
        }
        Ok(events.into_iter().map(|event| self.keyring.upcast(event)).collect())
    }
}

/// cqrs-es reads metadata as a map of strings to strings.
fn as_strings(metadata: &Value) -> Value {
    let fields = metadata.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.map(|(name, value)| (name.clone(), Value::String(text(value)))).collect::<serde_json::Map<_, _>>().into()
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.opened::<A>(self.reads.get_events::<A>(aggregate_id).await?).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        // postgres-es formats the number into the statement, which prepares a new one each time.
        let mut events = self.get_events::<A>(aggregate_id).await?;
        events.retain(|event| event.sequence > last_sequence);
        Ok(events)
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let unknown = |error: Box<dyn std::error::Error + Send + Sync>| PersistenceError::UnknownError(error);
        if snapshot.is_some() {
            return Err(unknown("this log takes no snapshots".into()));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let before = i64::try_from(first.sequence).map_err(|error| unknown(Box::new(error)))? - 1;
        let stream = Stream::new(A::TYPE, &first.aggregate_id);
        let request = request_of(&first.metadata);
        let drafts = (before + 1..).zip(events).map(|(sequence, event)| Draft {
            stream: stream.clone(),
            sequence,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload: event.payload.clone(),
            room: None,
            occurred_at: request.occurred_at,
        });
        let losses = self.keyring.losses();
        let mut append =
            Append { guards: vec![(stream.clone(), before)], timeline: self.timeline.now(), ..Append::default() };
        prepare(&mut append, drafts.collect(), &request, &self.keyring)
            .await
            .map_err(|error| unknown(Box::new(error)))?;
        let keys = append.keys.clone();
        match self.committer.append(append).await {
            Verdict::Settled(Status::Appended { .. }) => {
                self.keyring.confirm(&keys, losses);
                Ok(())
            }
            Verdict::Settled(_) => {
                self.keyring.forget(&keys.into_iter().map(|key| key.name).collect::<Vec<_>>());
                Err(PersistenceError::OptimisticLockError)
            }
            Verdict::Rejected(error) => Err(unknown(error.into())),
            Verdict::Unavailable | Verdict::OutOfSpace => {
                Err(PersistenceError::ConnectionError("the log cannot be reached".into()))
            }
        }
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let events = self.get_events::<A>(aggregate_id).await?;
        let (mut feed, stream) = ReplayStream::new(events.len().max(1));
        for event in events {
            feed.push(Ok(event)).await?;
        }
        Ok(stream)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        // postgres-es ends a replay whose connection died as if it were whole: read by position instead.
        Err(PersistenceError::UnknownError("replay the log by position, with `Reader::after`".into()))
    }
}

/// The request that cqrs-es's metadata tells of.
fn request_of(metadata: &Value) -> Request {
    let fields = serde_json::from_value::<HashMap<String, String>>(metadata.clone()).unwrap_or_default();
    let id = |name: &str| fields.get(name).and_then(|id| Uuid::try_parse(id).ok());
    #[expect(clippy::disallowed_methods, reason = "cqrs-es hands down neither a clock nor ids")]
    let (now, new_id) = (OffsetDateTime::now_utc(), Uuid::now_v7());
    Request {
        command_id: id("command_id").unwrap_or(new_id),
        correlation_id: id("correlation_id"),
        causation_id: id("causation_id"),
        actor_id: id("actor_id"),
        session_id: id("session_id"),
        occurred_at: now,
        traceparent: fields.get("traceparent").cloned(),
        receipts: vec![],
        looks: false,
    }
}
