//! What is being filled, and how a batch of events gets into it: whole, once, or not at all.

use std::sync::Arc;

use event_store::{BEGIN, KeyError, Keyring, trace_id, within};
use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, PgPool, Postgres};
use tokio::sync::Notify;

use crate::checkpoint::Checkpoint;
use crate::event::{self, Opened};
use crate::event_index;
use crate::generation::State;
use crate::parked::{ParkedStreams, Parking};
use crate::projection::{ALL, Poison};
use crate::projector::STEP_WITHIN;
use crate::purge;
use crate::rows::{Kept, Rows, Writes};
use crate::search::{self, Filled, OpenSegment};

/// What holds in a batch's transaction.
///
/// Its commit does not wait for the disk: rows and checkpoint are one transaction, so that a crash of PostgreSQL takes
/// back both, and they are projected again. Statements probe indexes, whatever plan was made when a table was small.
/// No statement takes longer than [`STEP_WITHIN`].
const SETTINGS: &str =
    "set local synchronous_commit = off; set local enable_seqscan = off; set local statement_timeout = '1min'";

/// A set of tables that is being filled, and how far it has come.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) schema: String,
    /// The generation and the state it must be in; none of a scratch schema, which nobody else knows of.
    pub(crate) generation: Option<(i32, State)>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) parked: ParkedStreams,
    pub(crate) keyring: Keyring,
    /// Told when there is something to purge.
    pub(crate) erased: Arc<Notify>,
    /// Most messages of a segment of the search index.
    pub(crate) segment: i64,
    /// New rows of a table that are so many in a batch are copied.
    pub(crate) copied_from: usize,
    pub(crate) carried: Carried,
}

/// What one batch leaves for the next, as it is at the checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// The segment that takes messages in.
    open: OpenSegment,
    kept: Kept,
    /// With what it has prepared, and knows of the tables.
    connection: Option<PoolConnection<Postgres>>,
}

/// Why a batch was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// The checkpoint is not where we left it, or the generation is not what it was.
    #[error("somebody else fills this generation, or it is over")]
    Lost,
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] sqlx::Error),
    /// Keys cannot be asked for.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

impl Target {
    /// Applies the events that follow the checkpoint and moves it. If the database refuses the rows of an event, its
    /// stream is parked; to find the event the batch is halved, and each half is a step of its own.
    pub(crate) async fn apply(&mut self, pool: &PgPool, events: &[Opened]) -> Result<(), ApplyError> {
        match within(STEP_WITHIN, self.step(pool, events, None)).await {
            Err(ApplyError::Failed(error)) if refuses_rows(&error) => {
                if let [event] = events {
                    tracing::debug!(event.position = event.recorded.position, error = %error, "rows refused");
                    let refused = Some(Poison::Refused(code(&error)));
                    return within(STEP_WITHIN, self.step(pool, events, refused)).await;
                }
                let (first, second) = events.split_at(events.len() / 2);
                Box::pin(self.apply(pool, first)).await?;
                Box::pin(self.apply(pool, second)).await
            }
            outcome => outcome,
        }
    }

    /// One transaction. `refused` is why its only event is parked.
    async fn step(&mut self, pool: &PgPool, events: &[Opened], refused: Option<Poison>) -> Result<(), ApplyError> {
        let Some(last) = events.last() else { return Ok(()) };
        let after = self.checkpoint.after(&last.recorded);
        // Not known any more, unless all goes well.
        let Carried { mut open, kept, connection } = std::mem::take(&mut self.carried);
        let mut connection = match connection {
            Some(connection) => connection,
            None => own_connection(pool).await?,
        };
        let begin = format!("{BEGIN}; {SETTINGS}");
        let begin = match self.generation {
            Some((generation, _)) => Checkpoint::held(&begin, generation),
            None => begin,
        };
        let mut transaction = connection.begin_with(begin).await?;
        self.parked_by_now(&mut transaction).await?;
        let mut rows = Box::new(Rows::from(kept));
        Self::want(&mut rows, events);
        // Now that nobody else writes here: what is stored after a key's destruction holds nothing that it opened.
        let ((losses, again), ()) = tokio::try_join!(self.opened_again(events), async {
            Ok(rows.load(&mut transaction, &self.schema).await?)
        })?;
        let events = again.as_deref().unwrap_or(events);
        let parking = self.project(&mut rows, events, refused.as_ref());
        let full = search::file(&mut rows, &mut open, losses, self.segment, &mut transaction, &self.schema).await?;
        let index = if full.is_empty() { None } else { Some(self.sealed(full, &rows, &mut transaction).await?) };
        let mut writes = self.writes(index.as_ref().unwrap_or(&rows))?;
        let mut erased = false;
        if let Some((generation, state)) = self.generation {
            parking.store(generation, &mut transaction).await?;
            erased = purge::schedule(&mut transaction, generation, state, events).await?;
            after.moved_from(&self.checkpoint, (generation, state), &mut writes)?;
        }
        let (moved, ()) = tokio::join!(writes.execute(&mut transaction), open.fold());
        if moved? == 0 && self.generation.is_some() {
            return Err(ApplyError::Lost);
        }
        transaction.commit().await?;
        if erased {
            self.erased.notify_one();
        }
        self.carried = Carried { open, kept: rows.kept(), connection: Some(connection) };
        self.checkpoint = after;
        self.report(&parking, events);
        self.parked.take(parking);
        Ok(())
    }

    /// Whoever unparks a stream does so under the lock that is held now.
    async fn parked_by_now(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if let Some((generation, _)) = self.generation.filter(|_| self.parked.len() > 0) {
            self.parked = ParkedStreams::of(generation, connection).await?;
        }
        Ok(())
    }

    /// How many keys are lost by now, and the events, opened once more, if one was since they were opened.
    async fn opened_again(&self, events: &[Opened]) -> Result<(u64, Option<Vec<Opened>>), ApplyError> {
        let losses = self.keyring.hear().await?;
        if events.iter().all(|event| event.losses == losses) {
            return Ok((losses, None));
        }
        let recorded = events.iter().map(|event| event.recorded.clone()).collect();
        Ok((losses, Some(event::open(&self.keyring, recorded).await?)))
    }

    /// Asks for the rows that events touch.
    pub(crate) fn want(rows: &mut Rows, events: &[Opened]) {
        for event in events.iter().filter_map(|opened| opened.event.as_ref().ok()) {
            for projection in ALL {
                (projection.want)(rows, event);
            }
        }
    }

    fn project(&self, rows: &mut Rows, events: &[Opened], refused: Option<&Poison>) -> Parking {
        let mut parking = Parking::default();
        for opened in events {
            if !self.parked.leaves_out(&mut parking, &opened.recorded) {
                let projected = match (refused, &opened.event) {
                    (Some(poison), _) | (None, Err(poison)) => Err(poison.clone()),
                    (None, Ok(event)) => ALL.iter().try_for_each(|projection| (projection.project)(rows, event)),
                };
                if let Err(poison) = projected {
                    parking.park(&opened.recorded, &poison);
                }
            }
            event_index::add(rows, opened);
        }
        parking
    }

    /// Stores the batch's rows while full segments of the index are made, which are left to be stored.
    async fn sealed(
        &self,
        full: Vec<Filled>,
        rows: &Rows,
        connection: &mut PgConnection,
    ) -> Result<Box<Rows>, sqlx::Error> {
        let mut index = Box::<Rows>::default();
        let (stored, left) = tokio::join!(self.writes(rows)?.execute(connection), search::seal(full, &mut index));
        stored?;
        search::seal_by_rows(left, &mut index, connection, &self.schema).await?;
        Ok(index)
    }

    fn writes(&self, rows: &Rows) -> Result<Writes, sqlx::Error> {
        let mut writes = Writes::copying(self.copied_from);
        rows.write(&mut writes, &self.schema)?;
        Ok(writes)
    }

    /// Tells operators what was committed.
    fn report(&self, parking: &Parking, events: &[Opened]) {
        for parked in parking.parked() {
            metrics::counter!("hansard_projector_parked_total").increment(1);
            tracing::error!(
                schema = self.schema,
                stream = parked.stream(),
                event.position = parked.position,
                event.r#type = parked.event_type,
                reason = parked.reason,
                "parked a stream: its later events are left out until it is projected anew",
            );
        }
        for opened in events {
            tracing::debug!(
                schema = self.schema,
                trace.id = opened.traceparent.as_deref().and_then(trace_id),
                event.position = opened.recorded.position,
                event.r#type = opened.recorded.event_type,
                traceparent = opened.traceparent,
                "projected",
            );
        }
    }
}

/// A connection that is closed when it is dropped.
///
/// sqlx does not count what PostgreSQL has yet to answer to the end of a `COPY`, or to the beginning of a transaction: whoever
/// got a connection from the pool that was dropped there would take those answers for their own.
async fn own_connection(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    connection.close_on_drop();
    Ok(connection)
}

/// Whether the database says that it is the rows that it cannot take: then other rows may do.
pub(crate) fn refuses_rows(error: &sqlx::Error) -> bool {
    if matches!(error, sqlx::Error::Encode(_)) {
        return true;
    }
    // Data exception, integrity constraint violation, program limit exceeded.
    matches!(code(error).get(..2), Some("22" | "23" | "54"))
}

/// PostgreSQL's code of an error.
pub(crate) fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(DatabaseError::code).map_or_else(|| "no code".to_owned(), Into::into)
}
