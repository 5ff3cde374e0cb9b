//! What was published of a history is compared with the tree. A log that was restored from an older copy is another
//! history, and must not go on under the name of the one before.

use event_store::Head as LogHead;
use sqlx::PgPool;

use crate::SealError;
use crate::store;
use crate::target::Target;

/// Whether the newest checkpoint that `target` has of the log's history is of what the tree, as it is stored, begins with.
/// Not yet, while it covers more than the tree does, and no more than the log; refused where it is of another tree, or of
/// more than there is.
pub(crate) async fn agrees(pool: &PgPool, target: &Target, log: &LogHead) -> Result<bool, SealError> {
    let Some(head) = target.newest(log.origin).await? else { return Ok(true) };
    match store::root_at(pool, head.size).await? {
        Some(root) if root == head.root => Ok(true),
        None if head.size <= log.position.unsigned_abs() => Ok(false),
        None | Some(_) => Err(SealError::AnotherHistory { history: log.origin, size: head.size }),
    }
}
