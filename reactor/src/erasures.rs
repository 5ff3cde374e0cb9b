//! Finishes erasures: once no copy is left that the server holds, the log says so, and the receipt is final.
//!
//! The read models tell which erasures there are; what is still to be purged of them stands in `projection.purge`, and which
//! bytes are gone in `observed.blob`. What an account began to upload is no record yet: it is looked for where it lies.

mod positions;

use std::convert::Infallible;
use std::time::Duration;

use blob_store::Blobs;
use domain::erasure::{Completion, CompletionCommand, Finished};
use domain::id::{ErasureId, derived};
use domain::sealed::KeyName;
use event_store::{Request, Store};
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use crate::ReactError;
use crate::skipped::Skipped;

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// Erasures that are finished in a round.
const MOST: i64 = 100;

/// The messages with files of which `e` destroyed the words, as their room keeps them no longer.
const ENDED: &str = "select m.* from unnest(e.keys) k (name) \
     cross join lateral (select (split_part(k.name, '/', 4) || '-01')::timestamp as since) month \
     join read.message m on m.room_id = split_part(k.name, '/', 3)::uuid \
         and m.author_id = split_part(k.name, '/', 2)::uuid and m.files is not null \
         and m.sent_at at time zone 'UTC' >= month.since \
         and m.sent_at at time zone 'UTC' < month.since + interval '1 month' \
     where k.name like 'content/%'";

/// The names of bytes, with where they are, of what `e` erased: of an account's files wherever they are, of copies that
/// it has of others' files, of files whose own key is gone, and of those that came with what a room keeps no longer. Of a
/// file of which the key of its name is gone none: they are told of with what it came with.
pub(crate) fn bytes() -> String {
    format!(
        "select b.name, f.id as file_id, f.author_id from ( \
             select id from read.file where author_id = e.subject_id \
             union select id from read.file where owner_id = e.subject_id and owner_id <> author_id \
             union select split_part(k.name, '/', 4)::uuid from unnest(e.keys) k (name) where k.name like 'file/%' \
             union select unnest(ended.files) from ({ENDED}) ended \
         ) theirs (id) join read.file f on f.id = theirs.id \
         cross join lateral (values (f.blob), (f.preview)) b (name) where b.name is not null"
    )
}

/// The messages of which `e` destroyed the words, each with a file that its room's members still see by it: the read
/// models did not know of it when the words ended.
pub(crate) fn late_files() -> String {
    format!(
        "select ended.*, f.id as file_id from ({ENDED}) ended cross join unnest(ended.files) f (id) \
         join read.file_permission p \
             on p.file_id = f.id and p.grantee_id = ended.room_id and ended.id = any(p.ways) \
         join read.file there on there.id = f.id and not there.deleted"
    )
}

/// Whether a file of somebody who is there has the bytes called `b.name` as well: then they stay.
pub(crate) const OF_OTHERS: &str = "exists (select from read.file g where (g.blob = b.name or g.preview = b.name) and not g.deleted \
     and not exists (select from keys.erased k where k.user_id in (g.owner_id, g.author_id)))";

/// Finishes erasures.
#[derive(Clone)]
pub struct Finisher {
    store: Store,
    /// May read the read models, what is to be purged of them, and what is observed.
    pool: PgPool,
    /// Where what somebody began to upload lies.
    blobs: Blobs,
}

/// An erasure of which nothing is left.
#[derive(FromRow)]
struct Due {
    id: Uuid,
    kind: String,
    subject_id: Uuid,
    keys: Vec<String>,
    blobs: Vec<String>,
    position: i64,
    /// The event that was the erasure.
    cause: Option<Uuid>,
}

impl Finisher {
    /// Over a pool whose role may read schemas `log`, `keys`, `read`, `projection` and `observed`.
    pub fn new(store: Store, pool: PgPool, blobs: Blobs) -> Self {
        Self { store, pool, blobs }
    }

    /// Finishes erasures, round by round, until it is dropped. `now` tells the time.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        let mut skipped = Skipped::new("erasures");
        loop {
            if let Err(error) = self.round(&mut skipped, now()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "erasures are not finished: trying again");
            }
            sleep(PAUSE).await;
        }
    }

    /// Erasures that cannot be finished hold up none that come after them.
    async fn round(&self, skipped: &mut Skipped, now: OffsetDateTime) -> Result<(), ReactError> {
        skipped.begin();
        let (mut seen, mut more) = (vec![], true);
        while std::mem::take(&mut more) {
            for due in self.due(&seen).await? {
                let id = due.id;
                let finished = self.finish(due, now).await;
                more |= skipped.unless(format_args!("erasure {id}"), finished)? != Some(true);
                seen.push(id);
            }
        }
        skipped.end();
        Ok(())
    }

    /// In one statement, and so of one moment; but for the places of what was sealed with its keys: nothing moves them. An
    /// account is to be purged from the moment its row is there.
    async fn due(&self, besides: &[Uuid]) -> Result<Vec<Due>, sqlx::Error> {
        let (bytes, late_files) = (bytes(), late_files());
        sqlx::query_as(&format!(
            "select e.id, e.kind, e.subject_id, e.keys, e.position, \
                 array(select distinct b.name collate \"C\" from ({bytes}) b join observed.blob o on o.name = b.name \
                     where o.removed_at is not null order by 1) as blobs, \
                 (select l.event_id from log.events l where l.position = e.position) as cause \
             from read.erasure e \
             where e.finished is null and e.id <> all($2) \
                 and not exists (select from projection.purge p where p.position = e.position and p.done_at is null) \
                 and not exists (select from projection.purge_name p where p.position = e.position) \
                 and not exists ( \
                     select from ({bytes}) b left join observed.blob o on o.name = b.name \
                     where o.removed_at is null and not {OF_OTHERS}) \
                 and not exists ({late_files}) \
             order by e.position limit $1",
        ))
        .bind(MOST)
        .bind(besides)
        .fetch_all(&self.pool)
        .await
    }

    /// Forgets what somebody who is erased began to upload and did not finish; whether nothing of it is left. What they began
    /// in the moment of their erasing may come after it was forgotten the first time.
    async fn uploads_are_forgotten(&self, user: Uuid) -> Result<bool, ReactError> {
        let owner = user.to_string();
        self.blobs.forget_all(&owner).await?;
        Ok(self.blobs.all_begun(&owner).await?.is_empty())
    }

    /// Whether it is finished: it may have to wait.
    async fn finish(&self, due: Due, now: OffsetDateTime) -> Result<bool, ReactError> {
        if due.kind == "account" && !self.uploads_are_forgotten(due.subject_id).await? {
            return Ok(false);
        }
        let positions = positions::of(&self.pool, &due.kind, due.subject_id, &due.keys, due.position).await?;
        let (id, stream) = (ErasureId(due.id), due.id.to_string());
        let unasked = Request::unasked(derived("finish-erasure", &stream), now);
        let request = Request { causation_id: due.cause, ..unasked };
        let keys = due.keys.into_iter().map(KeyName::stored).collect();
        let Due { kind, subject_id, blobs, position, .. } = due;
        let finished = Finished { kind, id: subject_id, keys, blobs, positions, position };
        let (finished, stream) = (&finished, &stream);
        let done = self.store.execute(&request, |unit| async move {
            let erasure = unit.load::<Completion>(stream).await?;
            let events = erasure.decide(CompletionCommand::Finish(finished.clone()))?;
            unit.append::<Completion>(stream, events, None);
            Ok::<_, ReactError>(())
        });
        done.await?;
        tracing::info!(erasure.id = %id, "nothing is left of what was erased");
        Ok(true)
    }
}
