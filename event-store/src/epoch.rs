//! Beginning an epoch: a new history of the log, which goes on where the log ends, under another name.

use sqlx::PgPool;

use crate::begin;
use crate::notifications::{EPOCH, LOG};
use crate::read::Head;

/// Begins epoch `to` with a new origin, unless the epoch is no longer `from`. Waits for an append that is under way, and tells
/// every process.
///
/// For a log that was restored from an older copy: whatever came after it there, those who saw it are told that it is not so.
pub async fn begin_epoch(pool: &PgPool, from: i32, to: i32) -> Result<Option<Head>, sqlx::Error> {
    let mut transaction = begin(pool, "begin").await?;
    let begun = sqlx::query_as!(
        Head,
        "update log.head set epoch = $2, origin = gen_random_uuid() where epoch = $1
         returning position, recorded_at, epoch, origin",
        from,
        to
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(head) = &begun {
        let told = [(EPOCH, head.epoch.to_string()), (LOG, head.position.to_string())];
        for (channel, payload) in told {
            sqlx::query!("select pg_notify($1, $2)", channel, payload).execute(&mut *transaction).await?;
        }
        tracing::warn!(epoch = head.epoch, event.position = head.position, "a new epoch of the log has begun");
    }
    transaction.commit().await?;
    Ok(begun)
}
