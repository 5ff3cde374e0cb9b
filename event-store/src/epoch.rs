//! Beginning an epoch: a new history of the log, which goes on where the log ends, under another name.

use sqlx::PgPool;

use crate::in_time::in_time;
use crate::notifications::{EPOCH, LOG};
use crate::read::Head;

/// Begins epoch `to` with a new origin, unless the epoch is no longer `from`. Waits for an append that is under way, and tells
/// every process.
///
/// For a log that was restored from an older copy: whatever came after it there, those who saw it are told that it is not so.
pub async fn begin_epoch(pool: &PgPool, from: i32, to: i32) -> Result<Option<Head>, sqlx::Error> {
    // One statement, which commits by itself: who is frozen here must not hold the lock of all who append.
    let begun = sqlx::query_as::<_, Head>(
        "update log.head set epoch = $2, origin = gen_random_uuid() where epoch = $1 \
         returning position, recorded_at, epoch, origin, pg_notify($3, epoch::text), pg_notify($4, position::text)",
    )
    .bind(from)
    .bind(to)
    .bind(EPOCH)
    .bind(LOG)
    .fetch_optional(pool);
    let begun = in_time(begun).await?;
    if let Some(head) = &begun {
        tracing::warn!(epoch = head.epoch, event.position = head.position, "a new epoch of the log has begun");
    }
    Ok(begun)
}
