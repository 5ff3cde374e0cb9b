//! Purging: the readable words of people who are erased, and of what rooms keep no longer, leave the read models, of every
//! generation; and so do the names of files that ended for good.
//!
//! Queries hide them from the moment the key is gone; this is about the bytes. A generation is purged in bounded steps,
//! each under the lock of its checkpoint, so that no batch writes back what was wiped; and whoever fills a generation
//! looks, under that lock, which keys are gone ([`crate::target`]). So it does not matter how far a generation has come,
//! or whether anybody fills it at all.

mod expired;
mod schedule;

use std::time::Duration;

use event_store::{BEGIN, Keyring, within};
use sqlx::{Executor, PgConnection};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation::{self, Fit};
use crate::personal::PERSONAL;
use crate::projector::{PURGE_LOCK, Projector, SCRATCH_LOCK, STEP_WITHIN};
use crate::rows::Rows;
use crate::verify::SCRATCH;
use crate::{files, messages, search};

pub use schedule::forget;
pub(crate) use schedule::{schedule, span};

/// Messages, or sessions, that one step purges: for as long as it takes, projecting waits. `docs/adr/0009-purge.md` has
/// what that was measured to be.
const CHUNK: i64 = 500;

/// How often to look for what other processes left to be purged.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What is wiped with sums and indexes that it is part of.
const IN_SUMS: [&str; 4] = ["file", "message", "message_version", "reaction"];

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There may be more.
    Purged,
    /// Nothing is left, or nothing that can be done now.
    Over,
}

/// Somebody's words in a generation: all of them, or those of a room and a month.
#[derive(sqlx::FromRow)]
struct Pending {
    generation: i32,
    user_id: Uuid,
    /// The nil id is everywhere.
    room_id: Uuid,
    since: OffsetDateTime,
    before: OffsetDateTime,
    sent_up_to: i64,
    reacted_up_to: i64,
}

impl Pending {
    /// Whether it is all that an erased account wrote and was.
    fn is_of_an_account(&self) -> bool {
        self.room_id.is_nil()
    }

    /// Changes its row: `to` is `$5`.
    async fn set(&self, columns: &str, to: i64, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(&format!(
            "update projection.purge set {columns} where generation = $1 and user_id = $2 and room_id = $3 and since = $4"
        ))
        .bind(self.generation)
        .bind(self.user_id)
        .bind(self.room_id)
        .bind(self.since)
        .bind(to)
        .execute(connection)
        .await?;
        Ok(())
    }
}

impl Projector {
    /// Purges what is to be purged until `shutdown`. Whatever fails is tried again; may be stopped at any point.
    pub async fn purge(&self, shutdown: CancellationToken) {
        let work = async {
            loop {
                if let Err(error) = self.purge_all().await {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(error, "purging stopped: trying again");
                }
                // Told by this process's projecting, or there is something that another process has noted.
                _ = tokio::time::timeout(LOOK_AGAIN, self.erased.notified()).await;
            }
        };
        shutdown.run_until_cancelled(work).await.unwrap_or(());
    }

    /// Purges as much as can be purged now.
    async fn purge_all(&self) -> Result<(), ProjectorError> {
        let mut in_use = vec![];
        while within(STEP_WITHIN, self.purge_step(&mut in_use)).await? == Step::Purged {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// `in_use`: generations that are to be dropped, and could not be. The others do not wait for them.
    async fn purge_step(&self, in_use: &mut Vec<i32>) -> Result<Step, ProjectorError> {
        let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
        if !locked(&mut transaction, PURGE_LOCK).await? {
            return Ok(Step::Over);
        }
        let mut generations: Vec<i32> = sqlx::query_scalar(
            "select generation from projection.purge where done_at is null \
             union select generation from projection.purge_name order by generation desc",
        )
        .fetch_all(&mut *transaction)
        .await?;
        let serving = generation::serving(&mut transaction).await?;
        // What serves comes first: it waits for nobody who fills a newer one, and nobody has to make way before it is purged.
        generations.sort_by_key(|generation| Some(*generation) != serving);
        for generation in generations {
            match generation::fit(generation, &mut transaction).await? {
                Fit::Same => {
                    let step = purge_in(&mut transaction, &self.keyring, generation).await?;
                    transaction.commit().await?;
                    return Ok(step);
                }
                // Its tables are others than those of this program, which cannot purge them. Nobody goes back to it:
                // a program that knows them finds a newer one serving.
                Fit::Older if serving != Some(generation) && !in_use.contains(&generation) => {
                    drop(transaction);
                    // For so long that a vacuum gives way: of a large table one may go on for hours.
                    match self.drop_within(generation, self.pace.drop.1).await {
                        Ok(()) => {}
                        Err(ProjectorError::InUse { .. }) => {
                            tracing::warn!(generation, "what an older program filled is in use: dropped later");
                            in_use.push(generation);
                        }
                        Err(error) => return Err(error),
                    }
                    return Ok(Step::Purged);
                }
                // In use; to be rebuilt, and then it does not serve any more; or its own program purges it.
                Fit::Older | Fit::Newer => {}
            }
        }
        Ok(Step::Over)
    }
}

/// One step in a generation.
async fn purge_in(connection: &mut PgConnection, keyring: &Keyring, generation: i32) -> Result<Step, ProjectorError> {
    let Some(held) = Checkpoint::hold(generation, connection).await? else {
        return Ok(Step::Purged); // dropped meanwhile, and what was noted of it with it
    };
    let pending: Option<Pending> = sqlx::query_as(
        "select generation, user_id, room_id, since, before, sent_up_to, reacted_up_to from projection.purge \
         where generation = $1 and done_at is null order by position, user_id, since limit 1",
    )
    .bind(generation)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(pending) = pending else { return purge_names(connection, generation).await };
    connection.execute("set local enable_seqscan = off").await?;
    let schema = generation::schema(generation);
    let messages = if pending.is_of_an_account() {
        of_an_account(connection, &schema, &pending).await?
    } else {
        expired::messages(connection, &schema, &pending).await?
    };
    if let Some((_, position)) = messages.last() {
        let position = *position;
        purge_messages(connection, &schema, messages).await?;
        pending.set("sent_up_to = $5", position, connection).await?;
        return Ok(Step::Purged);
    }
    if pending.is_of_an_account() {
        if purge_reactions(connection, &schema, pending.user_id).await?
            || files::forget(pending.user_id, CHUNK, connection, &schema).await? > 0
            || purge_rest(connection, &schema, pending.user_id).await?
        {
            return Ok(Step::Purged);
        }
    } else {
        let reacted = expired::purge_reactions(connection, keyring, &schema, &pending, held.position).await?;
        if let Some(position) = reacted {
            pending.set("reacted_up_to = $5", position, connection).await?;
            return Ok(Step::Purged);
        }
        expired::purge_rest(connection, &schema, &pending).await?;
    }
    over(connection, &pending).await
}

/// Notes that nothing is left, unless a verification that began before the erasure may still hold a copy; what a killed one
/// left is dropped here.
async fn over(connection: &mut PgConnection, pending: &Pending) -> Result<Step, ProjectorError> {
    if !no_copy_is_left(connection).await? {
        return Ok(Step::Over);
    }
    pending.set("done_at = clock_timestamp(), sent_up_to = greatest(sent_up_to, $5)", 0, connection).await?;
    let Pending { generation, user_id, room_id, .. } = pending;
    if pending.is_of_an_account() {
        tracing::info!(generation, user.id = %user_id, "purged what an erased user wrote");
    } else {
        tracing::info!(generation, user.id = %user_id, room.id = %room_id, "purged what a room keeps no longer");
    }
    Ok(Step::Purged)
}

/// Whether no verification holds a copy of what was wiped.
async fn no_copy_is_left(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    if !locked(connection, SCRATCH_LOCK).await? {
        return Ok(false);
    }
    connection.execute(&*format!("drop schema if exists {SCRATCH} cascade")).await?;
    Ok(true)
}

/// Wipes the next names of files whose keys are destroyed, and notes that they are, as [`over`] does.
async fn purge_names(connection: &mut PgConnection, generation: i32) -> Result<Step, ProjectorError> {
    connection.execute("set local enable_seqscan = off").await?;
    let ended: Vec<Uuid> =
        sqlx::query_scalar("select file_id from projection.purge_name where generation = $1 order by file_id limit $2")
            .bind(generation)
            .bind(CHUNK)
            .fetch_all(&mut *connection)
            .await?;
    files::forget_names(&ended, connection, &generation::schema(generation)).await?;
    if !no_copy_is_left(connection).await? {
        return Ok(Step::Over);
    }
    sqlx::query("delete from projection.purge_name where generation = $1 and file_id = any($2)")
        .bind(generation)
        .bind(&ended)
        .execute(connection)
        .await?;
    tracing::info!(generation, files = ended.len(), "purged what files were called that no room keeps any longer");
    Ok(Step::Purged)
}

/// Somebody's next messages, with their positions, forwarded by others too.
async fn of_an_account(
    connection: &mut PgConnection,
    schema: &str,
    pending: &Pending,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    sqlx::query_as(&format!(
        "(select id, position from {schema}.message where sender_id = $1 and author_id = $1 and type = 'message' \
             and position > $2 order by position limit $3) \
         union all \
         (select id, position from {schema}.message where author_id = $1 and author_id <> sender_id and type = 'message' \
             and position > $2 order by position limit $3) \
         order by position limit $3"
    ))
    .bind(pending.user_id)
    .bind(pending.sent_up_to)
    .bind(CHUNK)
    .fetch_all(connection)
    .await
}

/// Wipes some messages, their earlier wordings and what they are found by.
async fn purge_messages(
    connection: &mut PgConnection,
    schema: &str,
    chunk: Vec<(Uuid, i64)>,
) -> Result<(), sqlx::Error> {
    let mut rows = Box::new(Rows::default());
    for (id, _) in &chunk {
        rows.messages.want([*id]);
    }
    rows.load(connection, schema).await?;
    let mut words = vec![];
    for (id, position) in &chunk {
        words.extend(messages::erase(&mut rows, *id).map(|text| (*position, text)));
    }
    rows.store(connection, schema).await?;
    sqlx::query(&format!(
        "update {schema}.message_version set text = null where message_id = any($1) and text is not null"
    ))
    .bind(chunk.into_iter().map(|(id, _)| id).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    search::forget(words.into_iter(), connection, schema).await?;
    Ok(())
}

/// Takes reactions back; whether there may be more.
async fn purge_reactions(connection: &mut PgConnection, schema: &str, user: Uuid) -> Result<bool, sqlx::Error> {
    let purged = sqlx::query(&format!(
        "with theirs as materialized ( \
             select message_id, emoji from {schema}.reaction where user_id = $1 and emoji <> '{{}}' limit $2 \
         ), one as materialized ( \
             select message_id, unnest(emoji) as emoji from theirs \
         ), last as ( \
             delete from {schema}.reaction_count c using one \
             where c.message_id = one.message_id and c.emoji = one.emoji and c.count = 1 \
         ), others as ( \
             update {schema}.reaction_count c set count = c.count - 1 from one \
             where c.message_id = one.message_id and c.emoji = one.emoji and c.count > 1 \
         ) \
         update {schema}.reaction r set emoji = '{{}}' from theirs \
         where r.message_id = theirs.message_id and r.user_id = $1"
    ))
    .bind(user)
    .bind(CHUNK)
    .execute(connection)
    .await?;
    Ok(purged.rows_affected() == CHUNK.unsigned_abs())
}

/// Wipes what else is personal; whether there may be more.
async fn purge_rest(connection: &mut PgConnection, schema: &str, user: Uuid) -> Result<bool, sqlx::Error> {
    for personal in PERSONAL.iter().filter(|personal| !IN_SUMS.contains(&personal.table)) {
        let (table, owner) = (personal.table, personal.owner);
        let wiped: Vec<_> = personal.columns.iter().map(|column| format!("{column} = null")).collect();
        let left: Vec<_> = personal.columns.iter().map(|column| format!("{column} is not null")).collect();
        let left = left.join(" or ");
        // What is ended holds nothing, and only what is not is found by its owner.
        let indexed = if table == "session" { "and not ended" } else { "" };
        let purged = sqlx::query(&format!(
            "update {schema}.{table} set {} where ctid = any(array( \
                 select ctid from {schema}.{table} where {owner} = $1 {indexed} and ({left}) limit $2))",
            wiped.join(", "),
        ))
        .bind(user)
        .bind(CHUNK)
        .execute(&mut *connection)
        .await?;
        if purged.rows_affected() == CHUNK.unsigned_abs() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a lock could be had, for the rest of the transaction.
async fn locked(connection: &mut PgConnection, lock: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(lock).fetch_one(connection).await
}
