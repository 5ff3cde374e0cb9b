//! A receipt from the read models and the log, with what proves it.

use api_kit::Problem;
use api_kit::shape::{self, ErasureFacts};
use domain::id::ErasureId;
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::Queries;
use crate::asking::PATIENCE;
use crate::audit::proof_of;

struct Row {
    seen: i64,
    head: i64,
    kind: Option<String>,
    key_ids: Option<Vec<String>>,
    blobs: Option<Vec<String>>,
    created_at: Option<OffsetDateTime>,
    position: Option<i64>,
    positions: Option<Vec<i64>>,
    finished: Option<i64>,
}

/// The receipt of an erasure, found at `address`, and how far the read models have seen; not found if there is none.
pub(super) async fn receipt(
    queries: &Queries,
    id: ErasureId,
    address: String,
) -> Result<(i64, shape::Erasure), Problem> {
    let (deadline, mut ears) = (Instant::now() + PATIENCE, queries.progress.ears());
    loop {
        let row = find(queries, id).await?;
        let (seen, head) = (row.seen, row.head);
        match row.facts(id) {
            Some(facts) => {
                let position = facts.finished.unwrap_or(facts.position);
                let proof = proof_of(&queries.pool, queries.store.keyring(), position, false).await?;
                return Ok((seen, shape::Erasure::of(facts, address, proof)));
            }
            None if seen >= head => return Err(Problem::NotFound),
            None if Instant::now() >= deadline => return Err(Problem::ReadModelBehind),
            None => ears.hear_of(head, deadline).await,
        }
    }
}

/// In one statement, and so of one moment.
async fn find(queries: &Queries, id: ErasureId) -> Result<Row, Problem> {
    let row = sqlx::query_as!(
        Row,
        r#"select c.position as "seen!", h.position as "head!", e.kind as "kind?", e.keys as "key_ids?",
            e.blobs as "blobs?", e.created_at as "created_at?", e.position as "position?", e.finished as "finished?",
            case when e.finished is not null then e.positions else array(
                select l.position from log.events l
                where l.aggregate_type = case e.kind when 'account' then 'user' else e.kind end
                    and l.aggregate_id = e.subject_id::text and l.position < e.position
                order by l.sequence
            ) end as "positions?"
        from read.checkpoint c
        cross join log.head h
        left join read.erasure e on e.id = $1"#,
        id.0,
    )
    .fetch_optional(&queries.pool)
    .await?;
    // Before the first generation serves there is no row.
    row.ok_or(Problem::ReadModelBehind)
}

impl Row {
    fn facts(self, id: ErasureId) -> Option<ErasureFacts> {
        Some(ErasureFacts {
            id: id.0,
            kind: self.kind?,
            key_ids: self.key_ids?,
            blobs: self.blobs?,
            positions: self.positions?,
            position: self.position?,
            finished: self.finished,
            created_at: self.created_at?.into(),
        })
    }
}
