//! Group commit: one task writes whatever commands wait, in one round trip, while the next group gathers.

mod group;
mod known;
mod patience;
mod session;
mod under_way;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;

use crate::append::{self, Append, Status};
use crate::cache::States;
use crate::in_time::{ANSWERS_WITHIN, in_time};
use crate::keyring::Keyring;
use crate::{Recorded, Trouble};
use group::Group;
pub(crate) use known::Known;
use patience::Patience;
use session::Sessions;
use under_way::{OnItsWay, UnderWay};

/// Commands that may wait for a group before those who bring more must wait themselves.
const QUEUE: usize = 4096;

/// How often those who are ready to run are let go first, so that they are in the group, until half of all commands that
/// are under way are: with all of them nobody would have anything to do while the group is written. Costs nothing where
/// nobody is, and no time as a timer would.
const YIELDS: u32 = 4;

/// Nor for longer than this, where so many others are ready that their turns take long.
const TURNS: Duration = Duration::from_millis(2);

/// How long a group outlives its connection before its commands are given up as unanswered, and how long connecting may
/// take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pause before a group is tried a third time, and after that.
const RECONNECT: Duration = Duration::from_millis(100);

/// What became of a command.
#[derive(Debug)]
pub(crate) enum Verdict {
    Settled(Status),
    /// The database cannot be reached; if the command was under way, whether it took effect is not known.
    Unavailable,
    /// The database is full.
    OutOfSpace,
    /// The database refused what no command should hold: a bug.
    Rejected(String),
}

/// A command that waits for its group, and who waits for the command.
pub(crate) struct Waiting {
    append: Append,
    answer: oneshot::Sender<Verdict>,
    /// It was under way when a connection died: it may be on record already.
    suspect: bool,
}

/// The way into the committer's queue.
#[derive(Clone)]
pub(crate) struct Committer {
    queue: mpsc::Sender<Waiting>,
    under_way: UnderWay,
}

impl Committer {
    /// Connects, before anything is read that commands rest on, and starts the task, which ends when the last handle is
    /// dropped.
    pub(crate) async fn start(
        options: PgConnectOptions,
        committed: broadcast::Sender<Arc<[Recorded]>>,
        timeline: Timeline,
        memory: (Keyring, States),
        tasks: &TaskTracker,
    ) -> Result<Self, sqlx::Error> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (known, under_way) = (Known::default(), UnderWay::default());
        // Whoever is no longer waited for, as for a lock, ends by itself.
        let most = ANSWERS_WITHIN.as_millis().to_string();
        let mut sessions = Sessions::new(options.options([("statement_timeout", most)]));
        let first = sessions.begin().await?;
        let epoch = first.epoch;
        let worker = Worker {
            connection: Some(sessions.keep(first)),
            sessions,
            committed,
            timeline,
            memory,
            epoch,
            known,
            under_way: under_way.clone(),
        };
        tasks.spawn(worker.run(waiting));
        Ok(Self { queue, under_way })
    }

    /// A command is under way until what is returned is dropped.
    pub(crate) fn expect(&self) -> OnItsWay {
        self.under_way.enter()
    }

    /// Has a command appended with the next group it fits into.
    pub(crate) async fn append(&self, append: Append) -> Verdict {
        let (answer, verdict) = oneshot::channel();
        if self.queue.send(Waiting { append, answer, suspect: false }).await.is_err() {
            return Verdict::Unavailable;
        }
        verdict.await.unwrap_or(Verdict::Unavailable)
    }
}

/// Counts the histories that this process has seen: one more whenever the log may have been restored from an older
/// copy. What was decided or cached in an earlier one is worth nothing in the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline(Arc<AtomicU64>);

impl Timeline {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

struct Worker {
    sessions: Sessions,
    connection: Option<PgConnection>,
    committed: broadcast::Sender<Arc<[Recorded]>>,
    timeline: Timeline,
    /// What this process holds of the history that it is in.
    memory: (Keyring, States),
    epoch: i32,
    known: Known,
    under_way: UnderWay,
}

/// Why a group was not written.
enum Failure {
    /// The connection died: it may have been written all the same.
    Lost,
    OutOfSpace,
    /// One of its commands holds something that the database does not take.
    Refused(sqlx::Error),
}

impl Worker {
    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut deferred = VecDeque::new();
        let (mut written, mut patience) = (Instant::now(), Patience::default());
        loop {
            if deferred.is_empty() {
                match queue.recv().await {
                    Some(waiting) => deferred.push_back(waiting),
                    None => return,
                }
            }
            let mut group = Group::default();
            for waiting in std::mem::take(&mut deferred) {
                deferred.extend(group.admit(waiting));
            }
            while group.len() < patience.enough && !group.is_full() {
                match timeout_at(written + patience.wait, queue.recv()).await {
                    Ok(Some(waiting)) => deferred.extend(group.admit(waiting)),
                    Ok(None) | Err(_) => break,
                }
            }
            let began = Instant::now();
            for yields in 0.. {
                while !group.is_full() {
                    match queue.try_recv() {
                        Ok(waiting) => deferred.extend(group.admit(waiting)),
                        Err(_) => break,
                    }
                }
                let is_enough = group.len() * 2 >= self.under_way.count();
                if is_enough || yields == YIELDS || began.elapsed() > TURNS {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let (began, commands) = (Instant::now(), group.len());
            self.settle(group.into_members()).await;
            written = Instant::now();
            patience = Patience::after(written - began, commands, queue.len());
        }
    }

    /// Answers every member: writes them, in halves if the database refuses the whole.
    async fn settle(&mut self, members: Vec<Waiting>) {
        let mut groups = vec![members];
        let mut deadline = None;
        while let Some(mut members) = groups.pop() {
            match self.write(&mut members).await {
                Ok(statuses) => {
                    self.hand_over(&mut members, &statuses);
                    for (member, status) in members.into_iter().zip(statuses) {
                        _ = member.answer.send(Verdict::Settled(status)); // nobody waits any more: it stands all the same
                    }
                }
                Err(Failure::Lost) => {
                    let again = deadline.is_some();
                    let deadline = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
                    if Instant::now() >= deadline {
                        answer_all(members, || Verdict::Unavailable);
                        continue;
                    }
                    groups.push(members);
                    if again {
                        sleep(RECONNECT).await;
                    }
                }
                Err(Failure::OutOfSpace) => answer_all(members, || Verdict::OutOfSpace),
                Err(Failure::Refused(error)) if members.len() == 1 => {
                    answer_all(members, || Verdict::Rejected(error.to_string()));
                }
                Err(Failure::Refused(_)) => {
                    groups.push(members.split_off(members.len() / 2));
                    groups.push(members);
                }
            }
        }
    }

    /// Writes a group once.
    async fn write(&mut self, members: &mut [Waiting]) -> Result<Vec<Status>, Failure> {
        self.connect().await?;
        let mut statuses = self.append(members).await?;
        let Some(connection) = &mut self.connection else { return Err(Failure::Lost) };
        for (member, status) in members.iter().zip(&mut statuses) {
            if member.suspect && !matches!(status, Status::Appended { .. }) {
                // Refused because of what it wrote itself before its connection died? Where that session is left, it
                // was tried again and came second; where it is not, nothing of it is under way any more.
                let Ok(found) = in_time(append::find(connection, &member.append)).await else {
                    self.connection = None;
                    return Err(Failure::Lost);
                };
                *status = found.unwrap_or(*status);
            }
        }
        Ok(statuses)
    }

    /// Appends those who were decided in this history; others have moved.
    async fn append(&mut self, members: &mut [Waiting]) -> Result<Vec<Status>, Failure> {
        let Some(connection) = &mut self.connection else { return Err(Failure::Lost) };
        let timeline = self.timeline.now();
        let mut statuses = vec![Status::Moved; members.len()];
        let current = (0..members.len()).filter(|at| members[*at].append.timeline == timeline).collect::<Vec<_>>();
        let group = current.iter().map(|at| &members[*at].append).collect::<Vec<_>>();
        if group.is_empty() {
            return Ok(statuses);
        }
        let started = Instant::now();
        let mut result = in_time(append::append(connection, self.epoch, &group, &self.known)).await;
        if result.as_ref().is_err_and(is_there_already) {
            // A stream that was taken for new: what is known of nothing is looked at, and the command alone is refused.
            self.known.forget();
            result = in_time(append::append(connection, self.epoch, &group, &self.known)).await;
        }
        metrics::histogram!("hansard_append_group_commands").record(f64::from(u32::try_from(group.len()).unwrap_or(0)));
        metrics::histogram!("hansard_append_group_seconds").record(started.elapsed().as_secs_f64());
        match result {
            Ok(settled) => {
                self.known.learn(&group, &settled);
                current.iter().zip(settled).for_each(|(at, status)| statuses[*at] = status);
                Ok(statuses)
            }
            Err(error) => {
                self.known.forget();
                let failure = classify(error);
                if let Failure::Lost = failure {
                    for member in members {
                        member.suspect = true;
                    }
                    self.connection = None;
                }
                Err(failure)
            }
        }
    }

    /// Connects if need be. Unless the history is known to be the same, it may be another from any place on, whoever
    /// appended what it lacks, and however far it has come.
    async fn connect(&mut self) -> Result<(), Failure> {
        if self.connection.is_some() {
            return Ok(());
        }
        match self.sessions.begin().await {
            Ok(session) => {
                if !session.goes_on || session.epoch != self.epoch {
                    self.begin_anew().await?;
                }
                self.epoch = session.epoch;
                self.known.forget();
                // What comes next need not follow upon what was handed over before; nobody may follow.
                _ = self.committed.send(Arc::default());
                self.connection = Some(self.sessions.keep(session));
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the log cannot be reached");
                Err(Failure::Lost)
            }
        }
    }

    /// Leaves what is held of a history that may be lost, before anything is decided in the next: its keys have the
    /// names of others there, and destructions are numbered anew.
    async fn begin_anew(&self) -> Result<(), Failure> {
        let (keyring, states) = &self.memory;
        if let Err(error) = in_time(keyring.begin_anew()).await {
            tracing::warn!(%error, "the keys of the log cannot be asked for");
            return Err(Failure::Lost);
        }
        states.clear();
        self.timeline.0.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Gives what was appended to whoever follows the log in this process. Nobody else needs it any more.
    fn hand_over(&self, members: &mut [Waiting], statuses: &[Status]) {
        if self.committed.receiver_count() == 0 {
            return;
        }
        let mut events = Vec::new();
        for (member, status) in members.iter_mut().zip(statuses) {
            let Status::Appended { first_position, recorded_at } = *status else { continue };
            let appended = std::mem::take(&mut member.append.events);
            events.extend((first_position..).zip(appended).map(|(position, event)| Recorded {
                position,
                event_id: event.event_id,
                aggregate_type: event.stream.kind.to_owned(),
                aggregate_id: event.stream.id.to_string(),
                sequence: event.sequence,
                event_type: event.event_type,
                event_version: event.event_version,
                recorded_at,
                payload: event.payload,
                metadata: event.metadata,
            }));
        }
        if !events.is_empty() {
            events.sort_by_key(|event| event.position);
            _ = self.committed.send(events.into());
        }
    }
}

/// Whether an event stands where one was to be.
fn is_there_already(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// What an error says of the group.
fn classify(error: sqlx::Error) -> Failure {
    match Trouble::of(&error) {
        Trouble::Away | Trouble::Busy => {
            tracing::warn!(%error, "the log did not take a group, or did not say so");
            Failure::Lost
        }
        Trouble::Full => {
            tracing::error!(%error, "the log is full");
            Failure::OutOfSpace
        }
        Trouble::Bug => Failure::Refused(error),
    }
}

/// Gives every member the same verdict; those who no longer wait do not matter.
fn answer_all(members: Vec<Waiting>, verdict: impl Fn() -> Verdict) {
    for member in members {
        _ = member.answer.send(verdict());
    }
}
