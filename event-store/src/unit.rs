//! One attempt at deciding a command: what it loads is what its append is guarded by.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

use cqrs_es::{Aggregate, DomainEvent};
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::append::Claim;
use crate::cache::State;
use crate::in_time::in_time;
use crate::prepare::Draft;
use crate::request::{Receipt, ReceiptKind, Request};
use crate::store::{Store, StoreError};
use crate::stream::Stream;

/// A stream's state, and the sequence of the event that made it so; 0 of a stream that is not there.
#[derive(Debug)]
pub struct Loaded<A> {
    state: Arc<A>,
    /// Sequence of the stream's last event.
    pub sequence: i64,
}

impl<A: Default> Default for Loaded<A> {
    /// A stream that is not there.
    fn default() -> Self {
        Self { state: Arc::new(A::default()), sequence: 0 }
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}

/// One attempt at deciding a command. A handle: clones are the same attempt.
#[derive(Clone)]
pub struct Unit {
    store: Store,
    request: Arc<Request>,
    /// Load from the log, not from what is cached.
    fresh: bool,
    timeline: u64,
    /// The keyring's when it began: what is loaded may hold what is lost later.
    losses: u64,
    work: Arc<Mutex<Work>>,
}

/// How much of a stream its state is made of.
#[derive(Clone, Copy)]
enum Reads {
    Whole,
    Last,
}

/// What an attempt has gathered.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) streams: BTreeMap<Stream, Touched>,
    pub(crate) drafts: Vec<Draft>,
    /// The streams that `drafts` go to, in order, once those are on their way.
    pub(crate) drafts_streams: Vec<Stream>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) destroyed_keys: Vec<String>,
    pub(crate) receipt_scope: Option<String>,
    pub(crate) on_record: Option<OnRecord>,
    pub(crate) actor: Option<(Uuid, Uuid)>,
    pub(crate) from_cache: bool,
    pub(crate) losses: u64,
    pub(crate) occurred_at: Option<OffsetDateTime>,
}

/// A stream that the attempt loaded or writes.
pub(crate) struct Touched {
    pub(crate) aggregate: Arc<dyn Any + Send + Sync>,
    /// Before this attempt.
    pub(crate) loaded: i64,
    /// With what this attempt writes.
    pub(crate) sequence: i64,
    pub(crate) guarded: bool,
    pub(crate) seen: bool,
    /// See [`State::fleeting`].
    pub(crate) fleeting: bool,
}

/// What a decision came to, as JSON; none if no receipt keeps it.
pub(crate) type Answer = Option<serde_json::Result<String>>;

/// What a receipt says of an earlier request.
pub(crate) enum OnRecord {
    Same { answer: Value, position: i64 },
    Another(ReceiptKind),
}

impl Unit {
    pub(crate) fn new(store: Store, request: Arc<Request>, fresh: bool) -> Self {
        let (timeline, losses) = (store.timeline(), store.keyring().losses());
        Self { store, request, fresh, timeline, losses, work: Arc::default() }
    }

    /// What was gathered. The attempt is over: what its clones still do goes nowhere.
    pub(crate) fn into_work(self) -> (Work, u64) {
        let work = std::mem::take(&mut *self.work());
        (Work { losses: self.losses, ..work }, self.timeline)
    }

    /// The answer that goes with the append.
    pub(crate) fn answer<T: Serialize>(&self, value: &T) -> Answer {
        let kept = self.work().receipt_scope.is_some() && !self.request.receipts.is_empty();
        kept.then(|| serde_json::to_string(value))
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().expect("no code panics while it holds this lock")
    }

    /// The state of a stream, which must not move until the append.
    pub async fn load<A: Aggregate + 'static>(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        self.touch::<A>(id, Reads::Whole, true).await
    }

    /// The state of a stream as lately seen; it may move before the append.
    pub async fn look<A: Aggregate + 'static>(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        self.touch::<A>(id, Reads::Whole, false).await
    }

    /// The state of a stream that is not there as far as one knows: what this attempt has appended to it, and no more. If
    /// it is there after all, the append says so.
    pub fn begun<A: Aggregate + 'static>(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        let touched = self.work().streams.get(&Stream::new(A::TYPE, id)).map(|touched| {
            let aggregate = Arc::clone(&touched.aggregate);
            (aggregate, touched.sequence)
        });
        let Some((aggregate, sequence)) = touched else { return Ok(Loaded::default()) };
        let state = aggregate.downcast::<A>().map_err(|_| StoreError::TwoTypes(A::TYPE))?;
        Ok(Loaded { state, sequence })
    }

    /// The state of a stream that is decided from its last event alone, which must not move until the append. Streams of
    /// a kind that grows for ever are always loaded so.
    pub async fn load_last<A: Aggregate + 'static>(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        self.touch::<A>(id, Reads::Last, true).await
    }

    /// The place in the log of a stream's event, which never moves; none of one that is not there.
    pub async fn position_of<A: Aggregate>(&self, id: &str, sequence: i64) -> Result<Option<i64>, StoreError> {
        Ok(self.store.reader().position_of(A::TYPE, id, sequence).await?)
    }

    async fn touch<A: Aggregate + 'static>(
        &self,
        id: &str,
        reads: Reads,
        guarded: bool,
    ) -> Result<Loaded<A>, StoreError> {
        let stream = Stream::new(A::TYPE, id);
        let touched = self.work().streams.get_mut(&stream).map(|touched| {
            touched.guarded |= guarded;
            (Arc::clone(&touched.aggregate), touched.sequence)
        });
        let (aggregate, sequence) = if let Some(touched) = touched {
            touched
        } else {
            let cached = if self.fresh { None } else { self.store.cached(&stream, self.timeline) };
            let from_cache = cached.is_some();
            let state = match (cached, reads) {
                (Some(state), _) => state,
                (None, Reads::Whole) => self.store.read::<A>(&stream, self.timeline).await?,
                (None, Reads::Last) => self.store.read_last::<A>(&stream, self.timeline).await?,
            };
            let mut work = self.work();
            work.from_cache |= from_cache;
            let touched = Touched {
                aggregate: Arc::clone(&state.aggregate),
                loaded: state.sequence,
                sequence: state.sequence,
                guarded,
                seen: true,
                fleeting: state.fleeting,
            };
            work.streams.insert(stream, touched);
            (state.aggregate, state.sequence)
        };
        let state = aggregate.downcast::<A>().map_err(|_| StoreError::TwoTypes(A::TYPE))?;
        Ok(Loaded { state, sequence })
    }

    /// Appends to a stream at the sequence that was loaded; to one that was not, as its first events.
    pub fn append<A: Aggregate + Clone + 'static>(&self, id: &str, events: Vec<A::Event>, room: Option<Uuid>) {
        if events.is_empty() {
            return;
        }
        let stream = Stream::new(A::TYPE, id);
        let mut work = self.work();
        let occurred_at = work.occurred_at.unwrap_or(self.request.occurred_at);
        let touched = work.streams.entry(stream.clone()).or_insert_with(|| Touched {
            aggregate: Arc::new(A::default()),
            loaded: 0,
            sequence: 0,
            guarded: true,
            seen: false,
            fleeting: false,
        });
        touched.guarded = true;
        let state = Arc::clone(&touched.aggregate).downcast::<A>();
        let mut state = state.map(Arc::unwrap_or_clone).unwrap_or_default();
        let mut drafts = Vec::with_capacity(events.len());
        for event in events {
            let payload = serde_json::to_value(&event).expect("events are JSON");
            touched.sequence += 1;
            touched.fleeting |= self.store.keyring().holds_fleeting(&payload);
            drafts.push(Draft {
                stream: stream.clone(),
                sequence: touched.sequence,
                event_type: event.event_type(),
                event_version: event.event_version(),
                payload,
                room,
                occurred_at,
            });
            state.apply(event);
        }
        touched.aggregate = Arc::new(state);
        work.drafts.append(&mut drafts);
    }

    /// Appends to a stream whatever came before: one that nothing is decided from, as if it were loaded by
    /// [`Self::load_last`].
    pub async fn append_blindly<A: Aggregate + Clone + 'static>(
        &self,
        id: &str,
        events: Vec<A::Event>,
        room: Option<Uuid>,
    ) -> Result<(), StoreError> {
        self.load_last::<A>(id).await?;
        self.append::<A>(id, events, room);
        Ok(())
    }

    /// Takes something unique for `owner`; taken by another, the command is refused.
    pub fn claim(&self, kind: &'static str, digest: Vec<u8>, owner: String) {
        self.work().claims.push(Claim { kind, digest, owner, take: true });
    }

    /// Gives back what `owner` had taken.
    pub fn release(&self, kind: &'static str, digest: Vec<u8>, owner: String) {
        self.work().claims.push(Claim { kind, digest, owner, take: false });
    }

    /// Destroys a key with the append: what it sealed is unreadable from then on, and it is never made again.
    pub fn destroy_key(&self, name: &str) {
        self.work().destroyed_keys.push(name.to_owned());
    }

    /// Says when what is appended from here on happened, where that is not the request's time: an import's facts have
    /// times of their own.
    pub fn at(&self, occurred_at: OffsetDateTime) {
        self.work().occurred_at = Some(occurred_at);
    }

    /// Says who acts, once that is known.
    pub fn actor(&self, user: Uuid, session: Uuid) {
        self.work().actor = Some((user, session));
    }

    /// Ends the decision if this request was accepted before: `execute` then answers from the receipt. To be called
    /// once it is known who asks; `scope` says whose receipts count.
    pub async fn idempotent(&self, scope: &str) -> Result<(), StoreError> {
        self.work().receipt_scope = Some(scope.to_owned());
        for receipt in &self.request.receipts {
            if let Some(on_record) = self.find(scope, receipt).await? {
                self.work().on_record = Some(on_record);
                return Err(StoreError::Decided);
            }
        }
        Ok(())
    }

    async fn find(&self, scope: &str, receipt: &Receipt) -> Result<Option<OnRecord>, StoreError> {
        let found = sqlx::query_as::<_, (Vec<u8>, Json<Value>, i64)>(
            "select mac, answer, position from log.receipts where scope = $1 and key = $2",
        )
        .bind(scope)
        .bind(receipt.stored_key())
        .fetch_optional(self.store.pool());
        Ok(in_time(found).await?.map(|(mac, Json(answer), position)| {
            if mac == receipt.mac { OnRecord::Same { answer, position } } else { OnRecord::Another(receipt.kind) }
        }))
    }
}

impl Work {
    /// Whether it begins a stream without having looked whether it is there.
    pub(crate) fn creates_what_it_never_saw(&self) -> bool {
        self.streams.values().any(|touched| !touched.seen)
    }

    /// The states that hold once this work is on record.
    pub(crate) fn states(&self, timeline: u64) -> impl Iterator<Item = (Stream, State)> {
        self.streams.iter().filter(|(_, touched)| touched.sequence > touched.loaded).map(move |(stream, touched)| {
            let state = State {
                aggregate: Arc::clone(&touched.aggregate),
                sequence: touched.sequence,
                timeline,
                losses: self.losses,
                fleeting: touched.fleeting,
            };
            (stream.clone(), state)
        })
    }
}
