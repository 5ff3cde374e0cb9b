//! Executing a command: decide, append, and decide again if what was decided from has moved.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use tracing::{Instrument, Span};

use crate::append::{Append, NewReceipt, Status, keep};
use crate::committer::Verdict;
use crate::in_time::in_time;
use crate::keyring::NoKey;
use crate::metadata::trace_id;
use crate::prepare::{NotPrepared, prepare};
use crate::request::{Receipt, ReceiptKind, Request};
use crate::store::{Store, StoreError};
use crate::stream::Stream;
use crate::trouble::Trouble;
use crate::unit::{Answer, OnRecord, Unit, Work};

/// Decisions a command gets before it is answered "busy".
const ATTEMPTS: u32 = 20;

/// The longest pause before deciding again.
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// A command that was accepted.
#[derive(Clone, Debug)]
pub struct Done<T> {
    /// What the answer is rendered from.
    pub value: T,
    /// Of its last event; of a command that changed nothing, the newest position it was decided from.
    pub position: i64,
    /// Whether it has changed anything.
    pub appended: bool,
    /// Whether the same request was accepted before, and this is its answer again.
    pub replayed: bool,
}

/// A command that was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// By its own decision.
    #[error("refused")]
    Refused(E),
    /// Its receipt belongs to another request.
    #[error("the request's name is taken by another request")]
    ReceiptReused(ReceiptKind),
    /// Something unique is taken.
    #[error("the {0} is taken")]
    ClaimTaken(&'static str),
    /// A stream that it would create is there.
    #[error("what it would create is there already")]
    StreamExists,
    /// A key that it needs is destroyed.
    #[error("a key that it needs is destroyed")]
    KeyDestroyed,
    /// Others were always faster.
    #[error("too many commands contend for the same thing")]
    Busy,
    /// The log cannot be reached; whether the command took effect is not known.
    #[error("the log cannot be reached")]
    Unavailable,
    /// The log is full.
    #[error("the log has no space left")]
    OutOfSpace,
    /// A bug: what was decided cannot be written.
    #[error("the log does not take what was decided")]
    Bug(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How a command ends that does not fail.
enum Over {
    /// As it was decided. Of a refusal nothing is on record.
    Stands { position: i64, appended: bool },
    /// With the answer to the same request, which was accepted before.
    OnRecord { answer: Value, position: i64 },
}

/// Why the receipt of a command that changed nothing was not kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error(transparent)]
    NotJson(#[from] serde_json::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What comes of one attempt.
enum Attempt {
    Over(Result<Over, ExecuteError<Infallible>>),
    /// Decide again from the log; pause first if others were faster.
    Again {
        contended: Vec<Stream>,
    },
}

impl Store {
    /// Runs `decide` until its append is accepted or it refuses.
    ///
    /// A refusal or a no-op that was decided from cached state is decided again from the log. If a stream that was
    /// decided from has moved, the command is decided again, after a short random pause and alone in this process
    /// among those that contend for the same streams.
    pub async fn execute<T, E, F>(
        &self,
        request: &Request,
        decide: impl Fn(Unit) -> F,
    ) -> Result<Done<T>, ExecuteError<E>>
    where
        F: Future<Output = Result<T, E>> + Send,
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
    {
        // Compiled anew for every command: what does not depend on its types is a trial's.
        let mut trial = Trial::of(self, request);
        let _under_way = self.committer().expect();
        loop {
            let unit = trial.begin();
            let deciding = trial.deciding();
            let decision = decide(unit.clone()).instrument(deciding.clone()).await;
            decided(&deciding, decision.is_ok());
            let answer = decision.as_ref().ok().map(|value| unit.answer(value));
            let over = trial.conclude(unit, answer).await.map_err(ExecuteError::widened)?;
            match (over, decision) {
                (None, _) => {}
                (Some(Over::Stands { position, appended }), Ok(value)) => {
                    return Ok(Done { value, position, appended, replayed: false });
                }
                (Some(Over::Stands { .. }), Err(refusal)) => return Err(ExecuteError::Refused(refusal)),
                (Some(Over::OnRecord { answer, position }), _) => {
                    let value = serde_json::from_value(answer).map_err(|error| ExecuteError::Bug(error.into()))?;
                    return Ok(Done { value, position, appended: true, replayed: true });
                }
            }
        }
    }
}

/// The attempts at one command.
struct Trial {
    store: Store,
    request: Arc<Request>,
    attempt: u32,
    locks: Vec<OwnedMutexGuard<()>>,
}

impl Trial {
    fn of(store: &Store, request: &Request) -> Self {
        Self { store: store.clone(), request: Arc::new(request.clone()), attempt: 0, locks: vec![] }
    }

    /// What the next attempt decides from: the first from cached state, others from the log.
    fn begin(&self) -> Unit {
        Unit::new(self.store.clone(), Arc::clone(&self.request), self.attempt > 0)
    }

    /// What an attempt's decision lies in. A span that is not logged costs next to nothing.
    fn deciding(&self) -> Span {
        tracing::debug_span!("decide", trace.id = self.trace_id(), attempt = self.attempt)
    }

    /// What the append of what was decided lies in.
    fn appending(&self) -> Span {
        tracing::debug_span!("log.append", trace.id = self.trace_id())
    }

    fn trace_id(&self) -> Option<&str> {
        self.request.traceparent.as_deref().and_then(trace_id)
    }

    /// Ends an attempt, which came to an answer or was refused. None if the next one may begin.
    async fn conclude(&mut self, unit: Unit, answer: Option<Answer>) -> Result<Option<Over>, ExecuteError<Infallible>> {
        let contended = match self.concluded(unit, answer).await {
            Attempt::Over(over) => return over.map(Some),
            Attempt::Again { contended } => contended,
        };
        self.attempt += 1;
        if self.attempt == ATTEMPTS {
            return Err(ExecuteError::Busy);
        }
        if contended.is_empty() {
            return Ok(None);
        }
        self.store.count_decided_again();
        if self.locks.is_empty() {
            for stream in contended {
                self.locks.push(self.store.contended(&stream).lock_owned().await); // in their order: no deadlock
            }
        }
        let most = LONGEST_PAUSE.min(Duration::from_micros(500 << (self.attempt - 1).min(10)));
        #[expect(clippy::disallowed_methods, reason = "a pause decides nothing")]
        let pause = rand::rng().random_range(Duration::ZERO..=most);
        tokio::time::sleep(pause).await;
        Ok(None)
    }

    async fn concluded(&self, unit: Unit, answer: Option<Answer>) -> Attempt {
        let (mut work, timeline) = unit.into_work();
        let changes = answer.is_some() && !work.drafts.is_empty();
        if work.from_cache && !changes {
            return Attempt::Again { contended: vec![] };
        }
        let Some(answer) = answer else { return Attempt::Over(refused(work)) };
        if !changes {
            return match self.changed_nothing(&work, answer).await {
                Ok(attempt) => attempt,
                Err(NotKept::NotJson(error)) => Attempt::Over(Err(ExecuteError::Bug(Box::new(error)))),
                Err(NotKept::Database(error)) => Attempt::Over(Err(failed(error))),
            };
        }
        let append = match self.prepared(&mut work, timeline, answer).await {
            Ok(append) => append,
            Err(NotPrepared::NoKey(NoKey::Destroyed(_))) => return Attempt::Over(Err(ExecuteError::KeyDestroyed)),
            Err(NotPrepared::NoKey(NoKey::Failed(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no key to seal with");
                return Attempt::Over(Err(ExecuteError::Unavailable));
            }
            Err(NotPrepared::NotJson(error)) => return Attempt::Over(Err(ExecuteError::Bug(Box::new(error)))),
        };
        self.appended(work, append, timeline).instrument(self.appending()).await
    }

    /// It stands as it is, and is answered so again: the same request changes nothing, whatever happens until it comes.
    async fn changed_nothing(&self, work: &Work, answer: Answer) -> Result<Attempt, NotKept> {
        let position = in_time(self.newest(work)).await?;
        let receipts = if self.request.looks { vec![] } else { self.receipts(work, answer)? };
        let kept = receipts.is_empty() || in_time(keep(self.store.pool(), &receipts, position)).await?;
        let stands = Attempt::Over(Ok(Over::Stands { position, appended: false }));
        // Otherwise the same request was faster, and its receipt is there.
        Ok(if kept { stands } else { Attempt::Again { contended: vec![] } })
    }

    /// By what it is to be known when it comes again.
    fn receipts(&self, work: &Work, answer: Answer) -> serde_json::Result<Vec<NewReceipt>> {
        let (Some(scope), Some(answer)) = (&work.receipt_scope, answer.transpose()?) else { return Ok(vec![]) };
        let receipt = |receipt: &Receipt| NewReceipt {
            scope: scope.clone(),
            key: receipt.stored_key(),
            mac: receipt.mac.clone(),
            answer: answer.clone(),
        };
        Ok(self.request.receipts.iter().map(receipt).collect())
    }

    /// Has it appended, and makes of the verdict what comes next.
    async fn appended(&self, work: Work, append: Append, timeline: u64) -> Attempt {
        let (store, fresh) = (&self.store, self.attempt > 0);
        let keys = append.keys.clone();
        let count = i64::try_from(append.events.len()).expect("a command has few events");
        let names = || keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let written = || work.drafts_streams.clone();
        let began = Instant::now();
        let verdict = match store.committer().append(append).await {
            Verdict::Settled(Status::Appended { first_position, .. }) => {
                let position = first_position + count - 1;
                let duration_ms = began.elapsed().as_secs_f64() * 1000.0;
                tracing::debug!(event.position = position, events = count, duration_ms, "appended");
                store.keyring().confirm(&keys, work.losses);
                store.lose(&work.destroyed_keys);
                work.states(timeline).for_each(|(stream, state)| store.keep(stream, state));
                Ok(Over::Stands { position, appended: true })
            }
            Verdict::Settled(Status::Moved) if fresh && work.creates_what_it_never_saw() => {
                return match in_time(self.is_there(&work)).await {
                    Ok(true) => Attempt::Over(Err(ExecuteError::StreamExists)),
                    Ok(false) => Attempt::Again { contended: written() },
                    Err(error) => Attempt::Over(Err(failed(error))),
                };
            }
            Verdict::Settled(Status::ClaimTaken) if fresh => {
                Err(ExecuteError::ClaimTaken(work.claims.first().map_or("claim", |claim| claim.kind)))
            }
            Verdict::Settled(Status::Moved | Status::ReceiptThere) => {
                return Attempt::Again { contended: written() };
            }
            // Who has taken a claim may have destroyed keys with it.
            Verdict::Settled(Status::KeyChanged | Status::ClaimTaken) => {
                store.keyring().forget(&names());
                return Attempt::Again { contended: written() };
            }
            Verdict::Unavailable => Err(ExecuteError::Unavailable),
            Verdict::OutOfSpace => Err(ExecuteError::OutOfSpace),
            Verdict::Rejected(error) => Err(ExecuteError::Bug(error.into())),
        };
        Attempt::Over(verdict)
    }

    /// What the work wants appended.
    async fn prepared(&self, work: &mut Work, timeline: u64, answer: Answer) -> Result<Append, NotPrepared> {
        let guarded = work.streams.iter().filter(|(_, touched)| touched.guarded);
        let mut append = Append {
            timeline,
            guards: guarded.map(|(stream, touched)| (stream.clone(), touched.loaded)).collect(),
            claims: work.claims.clone(),
            destroyed_keys: work.destroyed_keys.clone(),
            receipts: self.receipts(work, answer)?,
            ..Append::default()
        };
        let mut request = Request::clone(&self.request);
        if let Some((user, session)) = work.actor {
            request.actor_id = Some(user);
            request.session_id = Some(session);
        }
        let drafts = std::mem::take(&mut work.drafts);
        work.drafts_streams = drafts.iter().map(|draft| draft.stream.clone()).collect();
        work.drafts_streams.sort();
        work.drafts_streams.dedup();
        prepare(&mut append, drafts, &request, self.store.keyring()).await?;
        Ok(append)
    }

    /// The newest position that the work rests on.
    async fn newest(&self, work: &Work) -> Result<i64, sqlx::Error> {
        let (mut kinds, mut ids, mut sequences) = (vec![], vec![], vec![]);
        for (stream, touched) in work.streams.iter().filter(|(_, touched)| touched.loaded > 0) {
            kinds.push(stream.kind);
            ids.push(&*stream.id);
            sequences.push(touched.loaded);
        }
        sqlx::query_scalar(
            "select coalesce(max(e.position), 0) from unnest($1::text[], $2::text[], $3::bigint[]) s (kind, id, sequence) \
             join log.events e on e.aggregate_type = s.kind and e.aggregate_id = s.id and e.sequence = s.sequence",
        )
        .bind(kinds)
        .bind(ids)
        .bind(sequences)
        .fetch_one(self.store.pool())
        .await
    }

    /// Whether a stream that the work would create without having looked at it is there.
    async fn is_there(&self, work: &Work) -> Result<bool, sqlx::Error> {
        let unseen = work.streams.iter().filter(|(_, touched)| !touched.seen).map(|(stream, _)| stream);
        let (kinds, ids): (Vec<_>, Vec<_>) = unseen.map(|stream| (stream.kind, &*stream.id)).unzip();
        sqlx::query_scalar(
            "select exists (select from unnest($1::text[], $2::text[]) s (kind, id) \
             join log.events e on e.aggregate_type = s.kind and e.aggregate_id = s.id and e.sequence = 1)",
        )
        .bind(kinds)
        .bind(ids)
        .fetch_one(self.store.pool())
        .await
    }
}

/// Tells a trace that an attempt's decision came to its end.
fn decided(deciding: &Span, accepted: bool) {
    deciding.in_scope(|| tracing::debug!(accepted, "decided"));
}

/// A decision that ended in an error: the earlier answer, another's receipt, or a refusal.
fn refused(work: Work) -> Result<Over, ExecuteError<Infallible>> {
    match work.on_record {
        Some(OnRecord::Same { answer, position }) => Ok(Over::OnRecord { answer, position }),
        Some(OnRecord::Another(kind)) => Err(ExecuteError::ReceiptReused(kind)),
        None => Ok(Over::Stands { position: 0, appended: false }),
    }
}

/// Why the log did not say what had to be known.
fn failed(error: sqlx::Error) -> ExecuteError<Infallible> {
    match Trouble::of(&error) {
        Trouble::Away | Trouble::Busy => {
            tracing::warn!(%error, "the log cannot be reached");
            ExecuteError::Unavailable
        }
        Trouble::Full => ExecuteError::OutOfSpace,
        Trouble::Bug => ExecuteError::Bug(Box::new(error)),
    }
}

impl ExecuteError<Infallible> {
    /// Of a command that could have been refused.
    fn widened<E>(self) -> ExecuteError<E> {
        match self {
            Self::Refused(never) => match never {},
            Self::ReceiptReused(kind) => ExecuteError::ReceiptReused(kind),
            Self::ClaimTaken(kind) => ExecuteError::ClaimTaken(kind),
            Self::StreamExists => ExecuteError::StreamExists,
            Self::KeyDestroyed => ExecuteError::KeyDestroyed,
            Self::Busy => ExecuteError::Busy,
            Self::Unavailable => ExecuteError::Unavailable,
            Self::OutOfSpace => ExecuteError::OutOfSpace,
            Self::Bug(error) => ExecuteError::Bug(error),
        }
    }
}
