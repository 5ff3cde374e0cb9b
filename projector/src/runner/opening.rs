//! Opening: which generation is to be filled, and whether it belongs to this log and this program.

use std::sync::Arc;

use event_store::{BEGIN, within};
use sqlx::Executor;

use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation::{self, Fit, State};
use crate::parked::ParkedStreams;
use crate::projector::{GENERATIONS_LOCK, Pace, Projector, SCRATCH_LOCK, STEP_WITHIN};
use crate::target::{Carried, Target};
use crate::verify::SCRATCH;

impl Projector {
    /// The generation that serves, ready to be filled: made if there is none, rebuilt if an older program filled it,
    /// begun anew if the log is another history.
    pub(super) async fn open(&self) -> Result<Target, ProjectorError> {
        loop {
            let (generation, fit, target) = within(STEP_WITHIN, self.found()).await?;
            match target {
                None => self.begin_anew(generation).await?,
                Some(_) if fit == Fit::Older => {
                    tracing::info!(generation, "the read models were filled by an older program");
                    self.rebuild(&mut |_| {}).await?;
                }
                Some(target) => {
                    self.sweep().await?;
                    return Ok(target);
                }
            }
        }
    }

    /// The generation that serves, how it stands to this program, and as it was left.
    async fn found(&self) -> Result<(i32, Fit, Option<Target>), ProjectorError> {
        let generation = self.prepare().await?;
        let fit = generation::fit(generation, &mut *self.pool.acquire().await?).await?;
        if fit == Fit::Newer {
            return Err(ProjectorError::OtherVersions);
        }
        Ok((generation, fit, self.resume(generation, State::Serving).await?))
    }

    /// A generation as it was left; none if the log is another history than the one it holds.
    ///
    /// Where the log's epoch has changed and the history has not, because everything that was lost came later, the
    /// generation goes on in the new epoch.
    pub(crate) async fn resume(&self, generation: i32, state: State) -> Result<Option<Target>, ProjectorError> {
        let mut connection = self.pool.acquire().await?;
        let left = Checkpoint::of(generation, &mut connection).await?.ok_or(ProjectorError::Lost)?;
        let parked = ParkedStreams::of(generation, &mut connection).await?;
        drop(connection);
        let head = self.reader.head().await?;
        let Some(checkpoint) = left.found_in(&self.reader, &head).await? else { return Ok(None) };
        if checkpoint != left {
            let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
            if Checkpoint::hold(generation, &mut transaction).await?.as_ref() != Some(&left)
                || !checkpoint.move_from(&left, (generation, state), &mut transaction).await?
            {
                return Err(ProjectorError::Lost);
            }
            transaction.commit().await?;
        }
        let schema = generation::schema(generation);
        let (keyring, erased) = (self.keyring.clone(), Arc::clone(&self.erased));
        let (generation, carried) = (Some((generation, state)), Carried::default());
        let Pace { segment, copied_from, .. } = self.pace;
        Ok(Some(Target { schema, generation, checkpoint, parked, keyring, erased, segment, copied_from, carried }))
    }

    /// Lets an empty generation serve at once: what the old one shows never happened. Queries that need what is not
    /// there yet wait for it.
    async fn begin_anew(&self, lost: i32) -> Result<(), ProjectorError> {
        let head = self.reader.head().await?;
        let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
        sqlx::query("select pg_advisory_xact_lock($1)").bind(GENERATIONS_LOCK).execute(&mut *transaction).await?;
        Checkpoint::hold(lost, &mut transaction).await?.ok_or(ProjectorError::Lost)?;
        if generation::serving(&mut transaction).await? != Some(lost) {
            return Ok(());
        }
        let generation = generation::create(&mut transaction, &head, State::Serving).await?;
        generation::serve(&mut transaction, generation).await?;
        transaction.commit().await?;
        tracing::error!(generation, lost, log.epoch = head.epoch, "the log is another history: read models begin anew");
        Ok(())
    }

    /// Drops what no longer has a reason: generations of another history, and what a replay or a verification left that was killed.
    async fn sweep(&self) -> Result<(), ProjectorError> {
        let head = self.reader.head().await?;
        for state in ["filling", "retired"] {
            let others = generation::in_state(state, &mut *self.pool.acquire().await?).await?;
            for generation in others {
                let checkpoint = Checkpoint::of(generation, &mut *self.pool.acquire().await?).await?;
                if let Some(checkpoint) = checkpoint
                    && checkpoint.found_in(&self.reader, &head).await?.is_none()
                {
                    match self.drop_within(generation, self.pace.drop.0).await {
                        Ok(()) | Err(ProjectorError::NotToBeDropped { .. }) => {}
                        // The next opening tries again.
                        Err(ProjectorError::InUse { .. }) => {
                            tracing::warn!(generation, "a generation of another history is still in use");
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        self.sweep_past().await?;
        let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
        let unused: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
            .bind(SCRATCH_LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        if unused {
            transaction.execute(&*format!("drop schema if exists {SCRATCH} cascade")).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
