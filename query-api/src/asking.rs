//! A query on its way: judged within the snapshot that it is answered from.
//!
//! Each attempt opens a read-only transaction of isolation `repeatable read`: its first statement takes the snapshot
//! and reads what authorises the caller, with the last sequences of those streams in the log; all data is read in the
//! same snapshot. So a removal that was answered before the query came is in the snapshot's log, its row is seen to be
//! stale, and the attempt waits for the projector; a removal that comes later comes after everything in the answer.
//! Nothing leaves before the judgement. While the caller's own rows are stale the log is asked besides, so that whoever
//! is signed out is not kept waiting for a projector to say so.

use std::time::Duration;

use api_kit::{Answer, Marks, Problem, RequestContext, Token};
use domain::id::{RoomId, UserId};
use event_store::{Keyring, Transaction};
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::Queries;
use crate::authority::{Authority, Caller, Judgement};
use crate::directory::Directory;
use crate::place::Place;
use crate::progress::Ears;

/// How long a query waits for the read models to see what it must have seen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// One snapshot for everything that an answer is made of.
const BEGIN: &str = "begin isolation level repeatable read, read only";

/// Whose query it is.
pub(crate) enum Who {
    /// Of whoever holds the token, in this request.
    Token(Token, RequestContext),
    /// Of somebody whom the write edge has just let in.
    Viewer(UserId),
}

/// A query on its way.
pub(crate) struct Asking {
    pub(crate) queries: Queries,
    who: Who,
    min_position: i64,
    /// The greatest position that was answered before this query came: answers never fall behind it. They could at a
    /// switch of generations: who waits for it finds the new tables through a snapshot from before.
    answered: i64,
    deadline: Instant,
    ears: Ears,
    counted: bool,
    waited: bool,
}

/// A snapshot, and who looks at it.
pub(crate) struct View {
    transaction: Transaction,
    /// Who looks.
    pub(crate) caller: Caller,
    /// The read models hold exactly the events up to here.
    pub(crate) position: i64,
    /// The log ends here.
    pub(crate) head: i64,
    /// When: bans and mutes run out by it.
    pub(crate) now: OffsetDateTime,
    /// Opens what read models do not hold: messages of secret rooms.
    pub(crate) keyring: Keyring,
    /// Whom people see.
    pub(crate) directory: Directory,
}

/// Why an attempt at an answer came to nothing.
pub(crate) enum Interrupted {
    /// Something that authorises was changed by the event at this position, which the read models have not seen.
    Behind(i64),
    /// For good.
    Problem(Problem),
}

impl Asking {
    pub(crate) fn new(queries: Queries, who: Who, min_position: i64) -> Self {
        let (answered, ears) = (queries.progress.answered(), queries.progress.ears());
        let deadline = Instant::now() + PATIENCE;
        Self { queries, who, min_position, answered, deadline, ears, counted: false, waited: false }
    }

    /// Of a request that was counted before.
    pub(crate) fn counted(self) -> Self {
        Self { counted: true, ..self }
    }

    /// A snapshot in which the caller is signed in, that has seen the minimum position, and where they stand in `room`.
    /// Of no room, nowhere.
    pub(crate) async fn view(&mut self, room: Option<RoomId>) -> Result<(View, Place), Problem> {
        if let Who::Token(token, request) = &self.who {
            self.counted = self.counted || self.queries.limits.again(request, token)?;
        }
        loop {
            let mut transaction = event_store::begin(&self.queries.pool, BEGIN).await?;
            let authority = Authority::read(&mut transaction, &self.who, room).await?;
            let position = match self.judge(&authority)? {
                Judgement::Caller(_) if self.would_fall(&authority) => self.answered,
                Judgement::Caller(caller) => {
                    self.count(&caller)?;
                    let (position, head) = (authority.position, authority.head);
                    self.queries.progress.answer(position);
                    let place = authority.place(caller.user)?;
                    let (now, keyring) = (self.queries.context.now(), self.queries.store.keyring().clone());
                    let directory = self.queries.directory;
                    return Ok((View { transaction, caller, position, head, now, keyring, directory }, place));
                }
                Judgement::Behind(position) => position,
            };
            drop(transaction);
            if self.waited && authority.is_doubtful() {
                self.ask_the_log().await?;
            }
            self.wait(position).await?;
        }
    }

    /// Refuses whose session is over by now.
    async fn ask_the_log(&self) -> Result<(), Problem> {
        match &self.who {
            Who::Token(token, _) if self.queries.standing(token).await?.is_none() => Err(Problem::NotSignedIn),
            Who::Token(..) | Who::Viewer(_) => Ok(()),
        }
    }

    /// Waits if the read models are only behind. The snapshot must be gone: it would not see them catch up.
    pub(crate) async fn wait_out(&mut self, interrupted: Interrupted) -> Result<(), Problem> {
        match interrupted {
            Interrupted::Behind(position) => self.wait(position).await,
            Interrupted::Problem(problem) => Err(problem),
        }
    }

    /// From now on the answer must have seen `position`.
    pub(crate) fn must_see(&mut self, position: i64) {
        self.min_position = self.min_position.max(position);
    }

    fn judge(&self, authority: &Authority) -> Result<Judgement, Problem> {
        let judged = authority.judge(&self.who, self.min_position, self.queries.context.now());
        match (&judged, &self.who) {
            // Whoever guesses is counted by address: they are nobody yet.
            (Err(Problem::NotSignedIn), Who::Token(_, request)) => self.queries.limits.address(request).and(judged),
            _ => judged,
        }
    }

    /// Whether an answer now would have seen less than one before.
    fn would_fall(&mut self, authority: &Authority) -> bool {
        if self.answered > authority.head {
            self.queries.progress.restart(authority.head);
            self.answered = authority.position.min(authority.head);
        }
        authority.position < self.answered
    }

    fn count(&mut self, caller: &Caller) -> Result<(), Problem> {
        match &self.who {
            Who::Token(token, request) if !self.counted => {
                self.counted = true;
                self.queries.sightings.note(token.session, self.queries.context.now());
                self.queries.limits.user_of(request, caller.user.0, token)
            }
            Who::Token(..) | Who::Viewer(_) => Ok(()),
        }
    }

    async fn wait(&mut self, position: i64) -> Result<(), Problem> {
        if Instant::now() >= self.deadline {
            return Err(Problem::ReadModelBehind);
        }
        self.waited = true;
        self.ears.hear_of(position, self.deadline).await;
        Ok(())
    }
}

impl Queries {
    /// A snapshot that nobody looks at, for what is made once for all. Waits until the read models have seen
    /// `min_position`, for as long as that takes; fails where they cannot be read.
    pub(crate) async fn overview(&self, min_position: i64) -> Result<View, Problem> {
        let mut ears = self.progress.ears();
        loop {
            let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
            let seen = sqlx::query!(
                r#"select c.position as "position!", h.position as "head!" from read.checkpoint c cross join log.head h"#
            )
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(seen) = seen.filter(|seen| seen.position >= min_position) {
                let (now, keyring) = (self.context.now(), self.store.keyring().clone());
                return Ok(View {
                    transaction,
                    caller: Caller::nobody(),
                    position: seen.position,
                    head: seen.head,
                    now,
                    keyring,
                    directory: self.directory,
                });
            }
            drop(transaction);
            ears.hear_of(min_position, Instant::now() + PATIENCE).await;
        }
    }
}

impl View {
    /// To read within the snapshot.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Whether the log has events that the read models have not seen.
    pub(crate) fn is_behind(&self) -> bool {
        self.position < self.head
    }

    /// The answer, with what it has seen and the version of what it shows: the thing's own. What is counted around it, or ends
    /// with somebody's erasure, moves without it, so that it says nothing of whether a copy is as good.
    pub(crate) fn answer_of<T>(&self, version: i64, body: T) -> Answer<T> {
        Answer { body, marks: Marks::at(self.position).version(version) }
    }

    /// The answer, with what it has seen.
    pub(crate) fn answer<T>(&self, body: T) -> Answer<T> {
        Answer::seen(self.position, body)
    }
}

impl From<Problem> for Interrupted {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<sqlx::Error> for Interrupted {
    fn from(error: sqlx::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<Interrupted> for Problem {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Behind(_) => Self::ReadModelBehind,
            Interrupted::Problem(problem) => problem,
        }
    }
}
