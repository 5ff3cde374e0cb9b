//! What was published of a history is compared with the tree. A log that was restored from an older copy is another
//! history, and must not go on under the name of the one before.

use sqlx::PgPool;
use uuid::Uuid;

use crate::SealError;
use crate::store;
use crate::target::Target;

/// Refuses a history of which `target` has a checkpoint that the tree, as it is stored, does not begin with.
pub(crate) async fn agrees(pool: &PgPool, target: &Target, history: Uuid) -> Result<(), SealError> {
    let Some(head) = target.newest(history).await? else { return Ok(()) };
    let root = store::root_at(pool, head.size).await?;
    if root == Some(head.root) { Ok(()) } else { Err(SealError::AnotherHistory { history, size: head.size }) }
}
