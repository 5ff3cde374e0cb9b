//! Removes bytes that nothing refers to: `docs/adr/0011-files.md`, point 4.
//!
//! What lies in the blob store is looked at, part by part, so that bytes without a record are found as well. A name
//! that no record refers to for as long as the grace period is given up in the log; then, once the read models have
//! seen that, it is looked again, and only then the bytes go. Of who is erased, and of secret rooms, they go without grace.
//! What a legal hold keeps stays, whoever deleted the file or left.

use std::convert::Infallible;
use std::time::Duration;

use blob_store::{Blobs, Name};
use domain::blob::{BlobCommand, GivenUp};
use domain::file::File;
use domain::holds::Holds;
use domain::id::{FileId, derived};
use domain::user::User;
use event_store::{Request, Store, Unit};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::ReactError;
use crate::erasures::{OF_OTHERS, bytes};
use crate::skipped::Skipped;

/// The lock that whoever takes a backup holds, shared: nothing is removed meanwhile.
pub const COLLECTING: i64 = 0x4841_4e53_424c_4f42;

/// How long the read models may take to see that a name was given up; then it is left to the next round.
const SEES_WITHIN: Duration = Duration::from_secs(10);

/// Pause before looking whether they have.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// After so long without a byte, what was arriving is a dead process's.
const SILENCE: Duration = Duration::from_hours(6);

/// After so long, an upload that comes in parts has expired, whoever keeps account of it.
const EXPIRED: Duration = Duration::from_hours(8 * 24);

/// Names that are looked for in a round, of those that erasures wait for.
const LOOKED_FOR: i64 = 1_000;

/// Whether a record refers to the bytes called `n.name`, as its own or as its preview, whose owner and author are there.
const USED: &str = "(exists ( \
         select from read.file f where f.blob = n.name and not f.deleted \
             and not exists (select from keys.erased k where k.user_id in (f.owner_id, f.author_id))) \
     or exists ( \
         select from read.file f where f.preview = n.name and not f.deleted \
             and not exists (select from keys.erased k where k.user_id in (f.owner_id, f.author_id))))";

/// Whether they are of somebody who is erased, or of a secret room's file that is destroyed.
const WITHOUT_GRACE: &str = "(exists ( \
         select from read.file f join keys.erased k on k.user_id in (f.owner_id, f.author_id) \
         where f.blob = n.name) \
     or exists ( \
         select from read.file f join keys.erased k on k.user_id in (f.owner_id, f.author_id) \
         where f.preview = n.name) \
     or exists (select from read.file f where f.blob = n.name and f.sealed and f.deleted) \
     or exists (select from read.file f where f.preview = n.name and f.sealed and f.deleted))";

/// What an operator may choose.
#[derive(Clone, Copy, Debug)]
pub struct CollectorSettings {
    /// For how long nothing must have referred to bytes.
    pub grace: Duration,
    /// Pause between two rounds.
    pub every: Duration,
}

/// Removes bytes that nothing refers to.
#[derive(Clone)]
pub struct Collector {
    store: Store,
    /// May read the read models, and write what is observed.
    pool: PgPool,
    blobs: Blobs,
    settings: CollectorSettings,
}

impl Collector {
    /// A collector over a pool whose role may read schemas `read` and `keys`, and write `observed`.
    pub fn new(store: Store, pool: PgPool, blobs: Blobs, settings: CollectorSettings) -> Self {
        Self { store, pool, blobs, settings }
    }

    /// Collects, round by round, until it is dropped. `now` tells the time.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        let mut skipped = Skipped::new("blobs");
        loop {
            if let Err(error) = self.round(&mut skipped, &now).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "collecting blobs stopped: trying again");
            }
            sleep(self.settings.every).await;
        }
    }

    async fn round(&self, skipped: &mut Skipped, now: &impl Fn() -> OffsetDateTime) -> Result<(), ReactError> {
        skipped.begin();
        let swept = self.blobs.sweep(SILENCE, EXPIRED, now().into()).await;
        skipped.unless("what is on its way", swept)?;
        self.forget_uploads_of_the_erased(skipped).await?;
        self.note_what_is_gone(skipped, now()).await?;
        for part in self.blobs.parts().await? {
            let listed = self.blobs.list(&part).await;
            let Some(kept) = skipped.unless(format_args!("part {part}"), listed)? else { continue };
            let names: Vec<_> = kept.into_iter().map(|kept| kept.name).collect();
            for name in self.due(&names, now()).await? {
                // Receipts tell what went after an erasure: the time is not that of the round's beginning.
                let collected = self.collect(&name, now()).await;
                if skipped.unless(format_args!("blob {name}"), collected)? == Some(false) {
                    return Ok(());
                }
            }
        }
        skipped.end();
        Ok(())
    }

    /// What the erased began to upload and did not finish.
    async fn forget_uploads_of_the_erased(&self, skipped: &mut Skipped) -> Result<(), ReactError> {
        let owners = self.blobs.owners().await?;
        let erased = sqlx::query_scalar("select user_id::text from keys.erased where user_id::text = any($1)");
        let erased: Vec<String> = erased.bind(owners).fetch_all(&self.pool).await?;
        for owner in erased {
            let forgotten = self.blobs.forget_all(&owner).await;
            skipped.unless(format_args!("uploads of {owner}"), forgotten)?;
        }
        Ok(())
    }

    /// Notes bytes of erasures that went without that being noted: whoever removed them was killed before, or what was
    /// observed is lost.
    async fn note_what_is_gone(&self, skipped: &mut Skipped, now: OffsetDateTime) -> Result<(), ReactError> {
        let bytes = bytes();
        let waited_for: Vec<String> = sqlx::query_scalar(&format!(
            "select distinct b.name from read.erasure e cross join lateral ({bytes}) b \
             left join observed.blob o on o.name = b.name \
             where e.finished is null and o.removed_at is null and not {OF_OTHERS} limit $1"
        ))
        .bind(LOOKED_FOR)
        .fetch_all(&self.pool)
        .await?;
        for text in waited_for {
            let Ok(name) = text.parse() else { continue };
            let lacks = self.blobs.lacks(&name).await;
            if skipped.unless(format_args!("blob {name}"), lacks)? == Some(true) {
                let gone = "insert into observed.blob (name, unreferenced_since, removed_at) values ($1, $2, $2) \
                            on conflict (name) do update set removed_at = $2";
                sqlx::query(gone).bind(&text).bind(now).execute(&self.pool).await?;
                tracing::info!(blob.name = %name, "bytes that an erasure waits for are gone");
            }
        }
        Ok(())
    }

    /// Those of `names` that nothing refers to for long enough; since when, is noted.
    async fn due(&self, names: &[Name], now: OffsetDateTime) -> Result<Vec<Name>, ReactError> {
        let names: Vec<_> = names.iter().map(Name::as_str).collect();
        let since = now - self.settings.grace;
        let due: Vec<String> = sqlx::query_scalar(&format!(
            "with kept as ( \
                 select n.name, {USED} as used, {WITHOUT_GRACE} as without_grace from unnest($1::text[]) n (name) \
             ), used as ( \
                 delete from observed.blob o using kept where o.name = kept.name and kept.used and o.removed_at is null \
             ), noted as ( \
                 insert into observed.blob (name, unreferenced_since) select name, $2 from kept where not used \
                 on conflict (name) do nothing \
             ) \
             select kept.name from kept left join observed.blob o on o.name = kept.name \
             where not kept.used and (kept.without_grace or coalesce(o.unreferenced_since, $2) <= $3) order by kept.name",
        ))
        .bind(names)
        .bind(now)
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        Ok(due.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Removes the bytes of a name, if nothing refers to it once nothing can come to. Whether collecting may go on: not
    /// while a backup is taken, nor while the read models are far behind.
    async fn collect(&self, name: &Name, now: OffsetDateTime) -> Result<bool, ReactError> {
        let mut transaction = event_store::begin(&self.pool, "begin").await?;
        let alone = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(COLLECTING);
        if !alone.fetch_one(&mut *transaction).await? {
            return Ok(false);
        }
        let Some(position) = self.condemn(name, now).await? else { return Ok(true) };
        let deadline = Instant::now() + SEES_WITHIN;
        loop {
            // Each statement has a snapshot of its own: what this one sees, it sees together.
            let (seen, is_used): (i64, bool) = sqlx::query_as(&format!(
                "select c.position, {USED} from read.checkpoint c cross join (values ($1)) n (name)"
            ))
            .bind(name.as_str())
            .fetch_one(&mut *transaction)
            .await?;
            if seen >= position && is_used {
                // It came to be used in the last moment, and is left alone until it is not any more.
                return Ok(true);
            }
            if seen >= position {
                break;
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(LOOK_AGAIN).await;
        }
        self.blobs.remove(name).await?;
        sqlx::query("update observed.blob set removed_at = $2 where name = $1")
            .bind(name.as_str())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        tracing::info!(blob.name = %name, "removed bytes that nothing refers to");
        Ok(true)
    }

    /// Gives a name up in the log, unless a legal hold keeps what it was referred to by; up to where the read models must
    /// have seen it.
    async fn condemn(&self, name: &Name, now: OffsetDateTime) -> Result<Option<i64>, ReactError> {
        let files: Vec<Uuid> = sqlx::query_scalar(
            "select id from read.file where blob = $1 union select id from read.file where preview = $1",
        )
        .bind(name.as_str())
        .fetch_all(&self.pool)
        .await?;
        let (request, files) = (Request::unasked(derived("condemn-blob", name.as_str()), now), &files);
        let done = self.store.execute(&request, |unit| async move {
            for file in files {
                if is_held(&unit, FileId(*file)).await? {
                    return Ok(false);
                }
            }
            let stream = GivenUp::stream(name.as_str());
            let given_up = unit.load_last::<GivenUp>(stream).await?;
            let events = given_up.decide(BlobCommand::Condemn { name: name.to_string() })?;
            unit.append::<GivenUp>(stream, events, None);
            Ok::<_, ReactError>(true)
        });
        let done = done.await?;
        Ok(done.value.then_some(done.position))
    }
}

/// Whether a legal hold keeps the bytes of a file. What nobody can open any more is not kept: its author was erased, or it was
/// destroyed in a secret room, before anybody held it.
async fn is_held(unit: &Unit, id: FileId) -> Result<bool, ReactError> {
    let file = unit.load::<File>(&id.to_string()).await?;
    if unit.load::<Holds>(Holds::STREAM).await?.let_file_go(&file).is_ok() || file.room_id.is_some() {
        return Ok(false);
    }
    match file.author_id {
        Some(author) => Ok(unit.load::<User>(&author.to_string()).await?.exists),
        None => Ok(true),
    }
}
