//! Replaying into a generation that stays at a position: how everything, or a room, was.

use event_store::BEGIN;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::Only;
use crate::Progress;
use crate::error::ProjectorError;
use crate::generation::{self, State};
use crate::projector::{GENERATIONS_LOCK, PAST_LOCK, Projector};
use crate::rows::TABLES;

/// What shall be replayed, and under which name it is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Up to this position, it included.
    pub until: i64,
    /// Of this room alone, with the accounts of whoever was in it and the files that came there.
    pub room: Option<Uuid>,
    /// The schema that its tables are shown in: `past_` and letters, digits or underscores. What had this name is dropped.
    pub schema: String,
}

impl Projector {
    /// Makes read models as they were, by the code that fills those that serve, with today's keys; the generation's number.
    /// It stays as it is, but for what is erased later: that is purged of it like of any other.
    ///
    /// Costs a read of the log up to there, and the disk of what it makes.
    pub async fn replay(
        &self,
        replay: &Replay,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<i32, ProjectorError> {
        let head = self.reader.head().await?;
        if replay.until > head.position {
            return Err(ProjectorError::Beyond { position: replay.until, head: head.position });
        }
        self.sweep_past().await?;
        let mut connection = self.pool.acquire().await?.detach();
        let mut transaction = connection.begin_with(BEGIN).await?;
        let alone: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
            .bind(GENERATIONS_LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        if !alone {
            return Err(ProjectorError::Busy);
        }
        if let Some(before) = generation::shown_as(&replay.schema, &mut transaction).await? {
            generation::drop(&mut transaction, before, self.pace.drop.1).await?;
        }
        let generation = generation::create(&mut transaction, &head, State::Past).await?;
        // Before anybody sees the generation, and for as long as the connection lives. Not the lock of all who make generations:
        // a rebuild need not wait until the past is filled.
        sqlx::query("select pg_advisory_lock($1, $2)")
            .bind(PAST_LOCK)
            .bind(generation)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let made = self.fill_past(generation, replay, &mut connection, progress).await;
        if made.is_err() {
            self.drop_generation(generation).await?;
        }
        made.map(|()| generation)
    }

    async fn fill_past(
        &self,
        generation: i32,
        replay: &Replay,
        connection: &mut PgConnection,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectorError> {
        let mut target = self.resume(generation, State::Past).await?.ok_or(ProjectorError::OtherHistory)?;
        let only = match replay.room {
            Some(room) => Some(Only::room(room, replay.until, connection).await?),
            None => None,
        };
        self.fill_with(&mut target, Some(replay.until), only.as_ref(), progress).await?;
        self.make_ready(&target.schema).await?;
        let mut transaction = connection.begin_with(BEGIN).await?;
        show(generation, &replay.schema, &mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

impl Projector {
    /// Drops what replays left that were killed: generations that nobody fills and nobody finds.
    pub(crate) async fn sweep_past(&self) -> Result<(), ProjectorError> {
        let unshown = generation::unshown(&mut *self.pool.acquire().await?).await?;
        for generation in unshown {
            let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
            let left: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1, $2)")
                .bind(PAST_LOCK)
                .bind(generation)
                .fetch_one(&mut *transaction)
                .await?;
            // It may have been finished meanwhile.
            if !left || !generation::unshown(&mut transaction).await?.contains(&generation) {
                continue;
            }
            match generation::drop(&mut transaction, generation, self.pace.drop.0).await {
                Ok(()) => {
                    transaction.commit().await?;
                    tracing::info!(generation, "dropped what a replay left that was broken off");
                }
                // It is being purged; the next opening tries again.
                Err(ProjectorError::InUse { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Makes the schema by which a past generation is found.
async fn show(generation: i32, schema: &str, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("set local role hansard_projector").await?;
    sqlx::query("select projection.create_schema($1)").bind(schema).execute(&mut *connection).await?;
    let tables = generation::schema(generation);
    for table in TABLES {
        connection.execute(&*format!("create view {schema}.{0} as select * from {tables}.{0}", table.name)).await?;
    }
    sqlx::query("update projection.generation set views = $2 where generation = $1")
        .bind(generation)
        .bind(schema)
        .execute(connection)
        .await?;
    Ok(())
}
