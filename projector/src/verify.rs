//! Verifying: the log is replayed into a scratch schema, and its tables are compared with those that serve.

mod compare;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::sealed::KeyName;
use event_store::{BEGIN, Transaction, begin};
use sqlx::{Executor, PgConnection};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation::{self, Fit};
use crate::parked::{Parked, ParkedStreams};
use crate::personal::MIXED;
use crate::projector::{Projector, SCRATCH_LOCK};
use crate::purge;
use crate::rows::TABLES;
use crate::target::{Carried, Target};

pub use compare::{Difference, TableHash};

/// The scratch schema.
pub(crate) const SCRATCH: &str = "read_check";

/// For how long another's use of the scratch schema is waited for: longer than a step of purging takes, which uses it too.
const PURGES_WITHIN: Duration = Duration::from_secs(2);

/// Pause before it is tried again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The generation that was looked at.
    pub generation: i32,
    /// The log was replayed up to here: where the generation was.
    pub position: i64,
    /// The tables that agree, in the order in which they were compared.
    pub tables: Vec<TableHash>,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
}

impl Report {
    /// Whether the read models equal a fresh replay of the log.
    pub fn is_clean(&self) -> bool {
        self.difference.is_none()
    }
}

impl Projector {
    /// Compares the tables that serve with a fresh replay of the log, as of one moment, while they go on being filled.
    /// What is hidden and about to be purged, as its author is erased, is left out on both sides, and so are
    /// tables whose rows follow from what many wrote.
    ///
    /// Holds a snapshot of the database for as long as it takes, which keeps PostgreSQL from cleaning up what is newer;
    /// the replayed tables are dropped in the end, or by the next one that looks.
    pub async fn verify(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Report, ProjectorError> {
        let mut snapshot = self.snapshot_alone().await?;
        let outcome = self.replay_and_compare(&mut snapshot, progress).await;
        self.drop_scratch().await?;
        snapshot.rollback().await?;
        outcome
    }

    /// A snapshot, with the lock of whoever uses the scratch schema. Purging takes it for moments, which are waited for.
    async fn snapshot_alone(&self) -> Result<Transaction, ProjectorError> {
        let deadline = Instant::now() + PURGES_WITHIN;
        loop {
            let mut snapshot = begin(&self.pool, "begin isolation level repeatable read read only").await?;
            let locked = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(SCRATCH_LOCK);
            if locked.fetch_one(&mut *snapshot).await? {
                return Ok(snapshot);
            }
            snapshot.rollback().await?;
            if Instant::now() > deadline {
                return Err(ProjectorError::Busy);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn replay_and_compare(
        &self,
        snapshot: &mut PgConnection,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Report, ProjectorError> {
        let generation = generation::serving(snapshot).await?.ok_or(ProjectorError::NothingServes)?;
        if generation::fit(generation, snapshot).await? != Fit::Same {
            return Err(ProjectorError::OtherVersions);
        }
        let serving = generation::schema(generation);
        hold_tables(snapshot, &serving).await?;
        let checkpoint = Checkpoint::of(generation, snapshot).await?.ok_or(ProjectorError::Lost)?;
        let parked = ParkedStreams::of(generation, snapshot).await?;
        if checkpoint.found_in(&self.reader, &self.reader.head().await?).await?.is_none() {
            return Err(ProjectorError::OtherHistory);
        }

        self.make_scratch().await?;
        let mut scratch = Target {
            schema: SCRATCH.to_owned(),
            generation: None,
            checkpoint: Checkpoint::start(checkpoint.epoch),
            parked: ParkedStreams::default(),
            keyring: self.keyring.clone(),
            erased: Arc::default(),
            segment: self.pace.segment,
            copied_from: self.pace.copied_from,
            carried: Carried::default(),
        };
        self.fill(&mut scratch, Some(checkpoint.position), progress).await?;

        let hidden = self.hidden(generation, checkpoint.position, snapshot).await?;
        let mut report = Report { generation, position: checkpoint.position, tables: vec![], difference: None };
        let mut replayed = self.pool.acquire().await?;
        for table in TABLES.iter().filter(|table| hidden.is_empty() || !MIXED.contains(&table.name)) {
            match compare::table(table, (snapshot, &serving), (&mut replayed, SCRATCH), &hidden).await? {
                Ok(hash) => report.tables.push(hash),
                Err(difference) => {
                    report.difference = Some(difference);
                    return Ok(report);
                }
            }
        }
        report.difference = parked_difference(&parked.list(), &scratch.parked.list());
        Ok(report)
    }

    /// Who is erased, or wrote what a room keeps no longer, and that is not purged yet, as far as the snapshot shows: of their
    /// words the replay has none, or some if they were erased while it ran, and the serving tables still have some. Queries
    /// show none.
    ///
    /// So are those of whom a file ended with its name after the `position` that was replayed up to: until then it has
    /// its name in the serving tables, and there is no key of it for the replay.
    ///
    /// Asked for after the replay: no key that is destroyed later makes a difference.
    async fn hidden(
        &self,
        generation: i32,
        position: i64,
        snapshot: &mut PgConnection,
    ) -> Result<Vec<Uuid>, ProjectorError> {
        let destroyed: Vec<String> = sqlx::query_scalar(
            "select name from keys.key where destroyed_as is not null and (erased_user is not null or labels[1] = 'content')",
        )
        .fetch_all(&self.pool)
        .await?;
        let purged: HashSet<(Uuid, Uuid, OffsetDateTime)> = sqlx::query_as(
            "select user_id, room_id, since from projection.purge where generation = $1 and done_at is not null",
        )
        .bind(generation)
        .fetch_all(snapshot)
        .await?
        .into_iter()
        .collect();
        let left = destroyed.into_iter().filter_map(|name| written_with(&KeyName::stored(name)));
        let mut hidden: HashSet<Uuid> =
            left.filter(|written| !purged.contains(written)).map(|(user, _, _)| user).collect();
        let ended: Vec<String> = sqlx::query_scalar(
            "select json_array_elements_text(payload -> 'erasure' -> 'keys') from log.events \
             where position > $1 and event_type = 'file_deleted' and (payload -> 'erasure') is not null",
        )
        .bind(position)
        .fetch_all(&self.pool)
        .await?;
        let named = ended.into_iter().filter_map(|key| KeyName::stored(key).filename_of());
        hidden.extend(named.map(|(author, _)| author.0));
        Ok(hidden.into_iter().collect())
    }

    /// Makes the scratch schema. Nobody needs its tables after a crash, so they write no journal.
    async fn make_scratch(&self) -> Result<(), ProjectorError> {
        self.drop_scratch().await?;
        let mut transaction = begin(&self.pool, BEGIN).await?;
        generation::create_tables(&mut transaction, SCRATCH).await?;
        for table in TABLES {
            transaction.execute(&*format!("alter table {} set unlogged", table.name)).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn drop_scratch(&self) -> Result<(), ProjectorError> {
        self.pool.execute(&*format!("drop schema if exists {SCRATCH} cascade")).await?;
        Ok(())
    }
}

/// Who wrote what a key sealed, where, and from when on, as `projection.purge` has it.
fn written_with(key: &KeyName) -> Option<(Uuid, Uuid, OffsetDateTime)> {
    if let Some((user, room, since, _)) = purge::span(key) {
        return Some((user, room, since));
    }
    let user = key.as_str().strip_prefix("user/")?.parse().ok()?;
    Some((user, Uuid::nil(), OffsetDateTime::UNIX_EPOCH))
}

/// Keeps the tables from being dropped while they are compared.
async fn hold_tables(connection: &mut PgConnection, schema: &str) -> Result<(), ProjectorError> {
    let tables: Vec<_> = TABLES.iter().map(|table| format!("{schema}.{}", table.name)).collect();
    connection.execute(&*format!("lock table {} in access share mode", tables.join(", "))).await?;
    Ok(())
}

/// The first stream that is parked on one side alone, or elsewhere. Reasons are words, and may be put better one day.
fn parked_difference(serving: &[Parked], replayed: &[Parked]) -> Option<Difference> {
    let text = |parked: &Parked| format!("at sequence {}, {} left out since", parked.sequence, parked.skipped);
    let find = |list: &[Parked], stream: &Parked| {
        let same = |other: &&Parked| {
            (&other.aggregate_type, &other.aggregate_id) == (&stream.aggregate_type, &stream.aggregate_id)
        };
        list.iter().find(same).map(text)
    };
    serving.iter().chain(replayed).find_map(|stream| {
        let (serving, replayed) = (find(serving, stream), find(replayed, stream));
        (serving != replayed).then(|| Difference {
            table: "parked".to_owned(),
            key: format!("{}-{}", stream.aggregate_type, stream.aggregate_id),
            serving,
            replayed,
        })
    })
}
