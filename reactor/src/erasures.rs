//! Finishes erasures: once no copy is left that the server holds, the log says so, and the receipt is final.
//!
//! The read models tell which erasures there are; what is still to be purged of them stands in `projection.purge`, and which
//! bytes are gone in `observed.blob`.

use std::convert::Infallible;
use std::time::Duration;

use domain::erasure::{Completion, CompletionCommand, Finished};
use domain::id::{ErasureId, derived};
use domain::sealed::KeyName;
use event_store::{Request, Store};
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use crate::ReactError;

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// Erasures that are finished in a round.
const MOST: i64 = 100;

/// The names of bytes, with where they are, of what `e` erased: of an account's files wherever they are, and of files whose
/// own key is gone.
const BYTES: &str = "select b.name, f.id as file_id, f.author_id from read.file f cross join lateral (values (f.blob), (f.preview)) b (name) \
     where b.name is not null and (f.author_id = e.subject_id or f.id in ( \
         select split_part(n.name, '/', 4)::uuid from unnest(e.keys) n (name) where n.name like 'file/%'))";

/// Whether a file of somebody who is there has the bytes called `b.name` as well: then they stay.
const OF_OTHERS: &str = "exists (select from read.file g where (g.blob = b.name or g.preview = b.name) and not g.deleted \
     and not exists (select from keys.erased k where k.user_id in (g.owner_id, g.author_id)))";

/// Finishes erasures.
#[derive(Clone)]
pub struct Finisher {
    store: Store,
    /// May read the read models, what is to be purged of them, and what is observed.
    pool: PgPool,
}

/// An erasure of which nothing is left.
#[derive(FromRow)]
struct Due {
    id: Uuid,
    kind: String,
    subject_id: Uuid,
    keys: Vec<String>,
    blobs: Vec<String>,
    positions: Vec<i64>,
    position: i64,
}

impl Finisher {
    /// Over a pool whose role may read schemas `log`, `keys`, `read`, `projection` and `observed`.
    pub fn new(store: Store, pool: PgPool) -> Self {
        Self { store, pool }
    }

    /// Finishes erasures, round by round, until it is dropped. `now` tells the time.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        loop {
            if let Err(error) = self.round(now()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "erasures are not finished: trying again");
            }
            sleep(PAUSE).await;
        }
    }

    async fn round(&self, now: OffsetDateTime) -> Result<(), ReactError> {
        for due in self.due().await? {
            self.finish(due, now).await?;
        }
        Ok(())
    }

    /// In one statement, and so of one moment. An account is to be purged from the moment its row is there.
    async fn due(&self) -> Result<Vec<Due>, sqlx::Error> {
        sqlx::query_as(&format!(
            "select e.id, e.kind, e.subject_id, e.keys, e.position, \
                 array(select distinct b.name collate \"C\" from ({BYTES}) b join observed.blob o on o.name = b.name \
                     where o.removed_at is not null order by 1) as blobs, \
                 array(select l.position from log.events l \
                     where l.aggregate_type = case e.kind when 'account' then 'user' else e.kind end \
                         and l.aggregate_id = e.subject_id::text and l.position < e.position \
                     order by l.sequence) as positions \
             from read.erasure e \
             where e.finished is null \
                 and not exists (select from projection.purge p where p.position = e.position and p.done_at is null) \
                 and not exists ( \
                     select from ({BYTES}) b left join observed.blob o on o.name = b.name \
                     where o.removed_at is null and not {OF_OTHERS}) \
             order by e.position limit $1",
        ))
        .bind(MOST)
        .fetch_all(&self.pool)
        .await
    }

    async fn finish(&self, due: Due, now: OffsetDateTime) -> Result<(), ReactError> {
        let (id, stream) = (ErasureId(due.id), due.id.to_string());
        let request = Request::unasked(derived("finish-erasure", &stream), now);
        let keys = due.keys.into_iter().map(KeyName::stored).collect();
        let Due { kind, subject_id, blobs, positions, position, .. } = due;
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
        Ok(())
    }
}
