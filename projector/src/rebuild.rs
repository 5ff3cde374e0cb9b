//! Rebuilding: the next generation is filled from the log beside the one that serves, then takes its place; and rolling back
//! to the one before.

use event_store::{BEGIN, begin};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::{Connection, Executor, PgConnection};

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation::{self, Fit, State};
use crate::projector::{GENERATIONS_LOCK, Projector};
use crate::rows::TABLES;
use crate::target::Target;

/// Indexes that are made at once: one is sorted while another is written.
const INDEXES: usize = 2;

/// For how long whoever switches may be silent while it holds the old generation.
const FILLS_WITHIN: &str = "set local idle_in_transaction_session_timeout = '1min'";

/// What a rebuild made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The generation that serves now.
    pub generation: i32,
    /// The one that served before: kept until [`Projector::drop_generation`].
    pub replaced: i32,
    /// Where the new one was when it took its place: no less than the old one.
    pub position: i64,
}

impl Projector {
    /// Fills a new generation from the log while the old one serves and is followed, and switches to it in one
    /// transaction. Goes on with what an interrupted rebuild left; parked streams are tried again.
    ///
    /// Costs a read of the whole log, and the disk of a second copy of the read models.
    pub async fn rebuild(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Rebuilt, ProjectorError> {
        self.prepare().await?;
        let mut connection = self.alone().await?;
        let rebuilt = self.fill_another(&mut connection, progress).await;
        give_back(connection).await;
        rebuilt
    }

    /// Lets the generation that served before serve again, as it is, once it has caught up with the log: what a rebuild made
    /// is kept as that was. Its parked streams stay parked.
    ///
    /// Costs a read of the log from where it was replaced.
    pub async fn roll_back(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Rebuilt, ProjectorError> {
        let mut connection = self.alone().await?;
        let rebuilt = self.serve_retired(&mut connection, progress).await;
        give_back(connection).await;
        rebuilt
    }

    async fn fill_another(
        &self,
        connection: &mut PgConnection,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Rebuilt, ProjectorError> {
        let (generation, mut target) = self.filling().await?;
        tracing::info!(generation, position = target.checkpoint.position, "rebuilding the read models");
        self.fill(&mut target, None, progress).await?;
        tracing::info!(generation, position = target.checkpoint.position, "filled, and lacks indexes");
        self.make_ready(&target.schema).await?;
        self.take_over(connection, generation, target, progress).await
    }

    async fn serve_retired(
        &self,
        connection: &mut PgConnection,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Rebuilt, ProjectorError> {
        let generation = generation::retired(connection).await?.ok_or(ProjectorError::NothingToRollBackTo)?;
        if generation::fit(generation, connection).await? != Fit::Same {
            return Err(ProjectorError::OtherVersions);
        }
        let target = self.resume(generation, State::Retired).await?.ok_or(ProjectorError::OtherHistory)?;
        tracing::info!(generation, position = target.checkpoint.position, "rolling back to earlier read models");
        self.take_over(connection, generation, target, progress).await
    }

    /// A connection of our own, with the lock of whoever makes generations: it goes when the connection is dropped, whatever
    /// happens.
    async fn alone(&self) -> Result<PgConnection, ProjectorError> {
        let mut connection = self.pool.acquire().await?.detach();
        let locked = sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(GENERATIONS_LOCK);
        if locked.fetch_one(&mut connection).await? { Ok(connection) } else { Err(ProjectorError::Busy) }
    }

    /// Fills a generation to the log's end, and switches to it.
    async fn take_over(
        &self,
        connection: &mut PgConnection,
        generation: i32,
        mut target: Target,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Rebuilt, ProjectorError> {
        loop {
            self.fill(&mut target, None, progress).await?;
            if let Some(rebuilt) = self.switch(connection, generation, &mut target, progress).await? {
                tracing::info!(generation, replaced = rebuilt.replaced, position = rebuilt.position, "switched");
                return Ok(rebuilt);
            }
            tokio::time::sleep(self.pace.retry.0).await;
        }
    }

    /// The generation that an interrupted rebuild left, if it can be gone on with, or a new one.
    async fn filling(&self) -> Result<(i32, Target), ProjectorError> {
        let mut connection = self.pool.acquire().await?;
        for generation in generation::in_state(State::Filling.name(), &mut connection).await? {
            if generation::fit(generation, &mut connection).await? == Fit::Same
                && let Some(target) = self.resume(generation, State::Filling).await?
                && target.parked.len() == 0
            {
                return Ok((generation, target));
            }
            self.drop_generation(generation).await?;
        }
        drop(connection);
        let head = self.reader.head().await?;
        let mut transaction = begin(&self.pool, BEGIN).await?;
        let generation = generation::create(&mut transaction, &head, State::Filling).await?;
        transaction.commit().await?;
        let target = self.resume(generation, State::Filling).await?.ok_or(ProjectorError::OtherHistory)?;
        Ok((generation, target))
    }

    /// Makes what queries need besides the rows: indexes, and statistics for good plans from the first query on.
    pub(crate) async fn make_ready(&self, schema: &str) -> Result<(), ProjectorError> {
        let create = async |index| {
            let mut transaction = begin(&self.pool, BEGIN).await?;
            generation::create_index(&mut transaction, schema, index).await?;
            transaction.commit().await
        };
        stream::iter(generation::indexes()).map(Ok).try_for_each_concurrent(INDEXES, create).await?;
        let mut transaction = begin(&self.pool, BEGIN).await?;
        transaction.execute("set local role hansard_projector").await?;
        for table in TABLES {
            transaction.execute(&*format!("analyze {schema}.{}", table.name)).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Holds the serving generation where it is, fills the new one up to there, and lets it serve. None if queries held
    /// on to the old one for too long: then the old one goes on meanwhile.
    async fn switch(
        &self,
        connection: &mut PgConnection,
        generation: i32,
        target: &mut Target,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Rebuilt>, ProjectorError> {
        // It is idle while the new generation is filled up to where the old one is held, on another connection.
        let mut transaction = connection.begin_with(format!("{BEGIN}; {FILLS_WITHIN}")).await?;
        let replaced = generation::serving(&mut transaction).await?.ok_or(ProjectorError::NothingServes)?;
        let held = Checkpoint::hold(replaced, &mut transaction).await?.ok_or(ProjectorError::Lost)?;
        self.fill(target, Some(held.position), progress).await?;
        match generation::serve(&mut transaction, generation).await {
            Ok(()) => {}
            Err(error) if generation::is_lock_timeout(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let (here, serving) = (&target.checkpoint, (generation, State::Serving));
        if !here.move_from(here, serving, &mut transaction).await? {
            return Err(ProjectorError::Lost);
        }
        transaction.commit().await?;
        Ok(Some(Rebuilt { generation, replaced, position: target.checkpoint.position }))
    }
}

/// Frees the lock of whoever makes generations, for the next one who asks: PostgreSQL notices only some time later that a
/// connection was dropped. One that fails is gone, and the lock with it.
async fn give_back(mut connection: PgConnection) {
    if let Err(error) = connection.execute("select pg_advisory_unlock_all()").await {
        tracing::debug!(error = &error as &dyn std::error::Error, "the lock goes with its connection");
    }
}
