//! A receipt from the read models and the log, with what proves it.

use api_kit::Problem;
use api_kit::shape::{self, ErasureFacts, ErasureProof};
use domain::id::ErasureId;
use record::Proof;
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::Queries;
use crate::asking::PATIENCE;
use crate::audit::export::events;
use crate::audit::{Filter, Span};
use crate::tree::hashes;

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
                let proof = proof(queries, facts.finished.unwrap_or(facts.position)).await?;
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
            array(
                select l.position from log.events l
                where l.aggregate_type = case e.kind when 'account' then 'user' else e.kind end
                    and l.aggregate_id = e.subject_id::text and l.position < e.position
                order by l.sequence
            ) as "positions?"
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

/// What proves the event at `position`: by the first head that covers it and was kept. None while there is none.
async fn proof(queries: &Queries, position: i64) -> Result<Option<ErasureProof>, Problem> {
    let head = sqlx::query!(
        "select c.size, c.note from record.checkpoint c join log.head h on h.origin = c.origin
         where c.size >= $1 order by c.size limit 1",
        position
    );
    let Some(head) = head.fetch_optional(&queries.pool).await? else { return Ok(None) };
    let inclusion = Proof::Inclusion { position: position.cast_unsigned(), size: head.size.cast_unsigned() };
    let hashes = hashes(&mut *queries.pool.acquire().await?, inclusion).await?;
    let span = Span { after: position - 1, until: position };
    let event = events(&queries.pool, queries.store.keyring(), &Filter::default(), span, 1).await?.pop();
    let event = event.ok_or_else(|| Problem::internal("the record covers what the log does not hold"))?;
    let event = serde_json::to_value(event).map_err(Problem::internal)?;
    Ok(Some(ErasureProof { event, checkpoint: head.note, hashes }))
}
