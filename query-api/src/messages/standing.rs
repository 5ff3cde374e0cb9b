//! Which messages say something still.

use std::collections::HashSet;

use uuid::Uuid;

use crate::asking::View;

/// Those of these messages that say something still, by the rule by which [`super::these`] shows the others as deleted,
/// whatever the rows hold: they are not deleted, their authors are not erased, and their rooms keep them. Not of secret
/// rooms, where the key of each says so. Some probes of indexes for each message.
pub(crate) async fn standing(view: &mut View, ids: &[Uuid]) -> Result<HashSet<Uuid>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let is_behind = view.is_behind();
    let standing = sqlx::query_scalar!(
        r#"select m.id as "id!" from read.message m
        left join lateral (
            select e.event_type from log.events e
            where $2 and e.aggregate_type = 'message' and e.aggregate_id = m.id::text
            order by e.sequence desc limit 1
        ) last on true
        where m.id = any($1) and m.status <> 'deleted' and not m.erased
            and last.event_type is distinct from 'message_deleted'
            and not exists (select from keys.erased k where k.user_id = m.author_id)
            and not exists (select from projection.hidden h where h.room_id = m.room_id
                and h.user_id = m.author_id and m.sent_at >= h.since and m.sent_at < h.before)"#,
        ids,
        is_behind,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(standing.into_iter().collect())
}
