//! Executing a command: decide, append, and decide again if what was decided from has moved.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedMutexGuard;

use crate::append::{Append, NewReceipt, Status};
use crate::committer::Verdict;
use crate::keyring::NoKey;
use crate::prepare::{NotPrepared, prepare};
use crate::request::{ReceiptKind, Request};
use crate::store::{Store, StoreError};
use crate::stream::Stream;
use crate::unit::{OnRecord, Unit, Work};

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
    /// The log is full or read-only.
    #[error("the log has no space left")]
    OutOfSpace,
    /// A bug: what was decided cannot be written.
    #[error("the log does not take what was decided")]
    Bug(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What comes of one attempt.
enum Attempt<T, E> {
    Over(Result<Done<T>, ExecuteError<E>>),
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
        let request = Arc::new(request.clone());
        let mut fresh = false;
        let mut locks = Vec::<OwnedMutexGuard<()>>::new();
        for attempt in 0..ATTEMPTS {
            match self.attempt(&request, &decide, fresh).await {
                Attempt::Over(result) => return result,
                Attempt::Again { contended } if !contended.is_empty() => {
                    self.count_decided_again();
                    if locks.is_empty() {
                        for stream in contended {
                            locks.push(self.contended(&stream).lock_owned().await); // in their order: no deadlock
                        }
                    }
                    let most = LONGEST_PAUSE.min(Duration::from_micros(500 << attempt.min(10)));
                    #[expect(clippy::disallowed_methods, reason = "a pause decides nothing")]
                    let pause = rand::rng().random_range(Duration::ZERO..=most);
                    tokio::time::sleep(pause).await;
                }
                Attempt::Again { .. } => {}
            }
            fresh = true;
        }
        Err(ExecuteError::Busy)
    }

    async fn attempt<T, E, F>(&self, request: &Arc<Request>, decide: &impl Fn(Unit) -> F, fresh: bool) -> Attempt<T, E>
    where
        F: Future<Output = Result<T, E>> + Send,
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
    {
        let unit = Unit::new(self.clone(), Arc::clone(request), fresh);
        let decision = decide(unit.clone()).await;
        let (mut work, timeline) = unit.into_work();
        let changes = decision.is_ok() && !work.drafts.is_empty();
        if work.from_cache && !changes {
            return Attempt::Again { contended: vec![] };
        }
        let value = match decision {
            Ok(value) => value,
            Err(refusal) => return Attempt::Over(refused(work, refusal)),
        };
        if !changes {
            let position = self.newest(&work).await;
            return Attempt::Over(match position {
                Ok(position) => Ok(Done { value, position, appended: false, replayed: false }),
                Err(error) => Err(unavailable(&error)),
            });
        }
        let append = match self.prepared(&mut work, timeline, request, &value).await {
            Ok(append) => append,
            Err(NotPrepared::NoKey(NoKey::Destroyed(_))) => return Attempt::Over(Err(ExecuteError::KeyDestroyed)),
            Err(NotPrepared::NoKey(NoKey::Failed(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no key to seal with");
                return Attempt::Over(Err(ExecuteError::Unavailable));
            }
            Err(NotPrepared::NotJson(error)) => return Attempt::Over(Err(ExecuteError::Bug(Box::new(error)))),
        };
        self.appended(work, append, timeline, value, fresh).await
    }

    /// Has it appended, and makes of the verdict what comes next.
    async fn appended<T, E>(&self, work: Work, append: Append, timeline: u64, value: T, fresh: bool) -> Attempt<T, E> {
        let keys = append.keys.clone();
        let count = i64::try_from(append.events.len()).expect("a command has few events");
        let names = || keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let written = || work.drafts_streams.clone();
        let verdict = match self.committer().append(append).await {
            Verdict::Settled(Status::Appended { first_position, .. }) => {
                self.keyring().confirm(&keys);
                self.lose(&work.destroyed_keys);
                work.states(timeline).for_each(|(stream, state)| self.keep(stream, state));
                let position = first_position + count - 1;
                Ok(Done { value, position, appended: true, replayed: false })
            }
            Verdict::Settled(Status::Moved) if fresh && work.creates_what_it_never_saw() => {
                return match self.is_there(&work).await {
                    Ok(true) => Attempt::Over(Err(ExecuteError::StreamExists)),
                    Ok(false) => Attempt::Again { contended: written() },
                    Err(error) => Attempt::Over(Err(unavailable(&error))),
                };
            }
            Verdict::Settled(Status::ClaimTaken) if fresh => {
                Err(ExecuteError::ClaimTaken(work.claims.first().map_or("claim", |claim| claim.kind)))
            }
            Verdict::Settled(Status::Moved | Status::ReceiptThere | Status::ClaimTaken) => {
                return Attempt::Again { contended: written() };
            }
            Verdict::Settled(Status::KeyChanged) => {
                self.keyring().forget(&names());
                return Attempt::Again { contended: written() };
            }
            Verdict::Unavailable => Err(ExecuteError::Unavailable),
            Verdict::OutOfSpace => Err(ExecuteError::OutOfSpace),
            Verdict::Rejected(error) => Err(ExecuteError::Bug(error.into())),
        };
        Attempt::Over(verdict)
    }

    /// What the work wants appended.
    async fn prepared<T: Serialize>(
        &self,
        work: &mut Work,
        timeline: u64,
        request: &Request,
        value: &T,
    ) -> Result<Append, NotPrepared> {
        let guarded = work.streams.iter().filter(|(_, touched)| touched.guarded);
        let mut append = Append {
            timeline,
            guards: guarded.map(|(stream, touched)| (stream.clone(), touched.loaded)).collect(),
            claims: work.claims.clone(),
            destroyed_keys: work.destroyed_keys.clone(),
            ..Append::default()
        };
        if let Some(scope) = &work.receipt_scope {
            let answer = serde_json::to_string(value)?;
            append.receipts.extend(request.receipts.iter().map(|receipt| NewReceipt {
                scope: scope.clone(),
                key: receipt.stored_key(),
                mac: receipt.mac.clone(),
                answer: answer.clone(),
            }));
        }
        let mut request = request.clone();
        if let Some((user, session)) = work.actor {
            request.actor_id = Some(user);
            request.session_id = Some(session);
        }
        let drafts = std::mem::take(&mut work.drafts);
        work.drafts_streams = drafts.iter().map(|draft| draft.stream.clone()).collect();
        work.drafts_streams.sort();
        work.drafts_streams.dedup();
        prepare(&mut append, drafts, &request, self.keyring()).await?;
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
        .fetch_one(self.pool())
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
        .fetch_one(self.pool())
        .await
    }
}

/// A decision that ended in an error: the earlier answer, another's receipt, or a refusal.
fn refused<T: DeserializeOwned, E>(work: Work, refusal: E) -> Result<Done<T>, ExecuteError<E>> {
    match work.on_record {
        Some(OnRecord::Same { answer, position }) => match serde_json::from_value(answer) {
            Ok(value) => Ok(Done { value, position, appended: true, replayed: true }),
            Err(error) => Err(ExecuteError::Bug(Box::new(error))),
        },
        Some(OnRecord::Another(kind)) => Err(ExecuteError::ReceiptReused(kind)),
        None => Err(ExecuteError::Refused(refusal)),
    }
}

fn unavailable<E>(error: &sqlx::Error) -> ExecuteError<E> {
    tracing::warn!(%error, "the log cannot be reached");
    ExecuteError::Unavailable
}
