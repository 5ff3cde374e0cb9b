//! The receipt of an erasure.

use api_kit::openapi::QueryProblems;
use api_kit::shape::{self, ErasureFacts};
use api_kit::{Answer, ErasureKey, Path, Problem, Query, RequestContext};
use axum::extract::State;
use domain::id::ErasureId;
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::Instant;
use utoipa::IntoParams;

use crate::Queries;
use crate::asking::PATIENCE;

/// What opens it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// As it stands in the address that the erasure was answered with.
    token: Option<String>,
}

struct Row {
    seen: i64,
    head: i64,
    kind: Option<String>,
    key_ids: Option<Vec<String>>,
    created_at: Option<OffsetDateTime>,
    position: Option<i64>,
    positions: Option<Vec<i64>>,
    pending: Option<bool>,
    /// Of bytes that are gone by it: of those that others had still, another erasure or deletion tells.
    blobs: Option<Vec<String>>,
}

/// The receipt of an erasure, for whoever has its address: no session is needed, as there may be none any more.
///
/// It is final once every set of read models that there is has been purged, and the bytes of files that nobody else has
/// are gone.
#[utoipa::path(
    get,
    path = "/v1/erasures/{id}",
    operation_id = "GetErasure",
    tag = "erasures",
    params(("id" = Uuid, Path, description = "The erasure"), Parameters),
    responses((status = 200, body = shape::Erasure), QueryProblems)
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    request: RequestContext,
    Path(id): Path<ErasureId>,
    Query(Parameters { token }): Query<Parameters>,
) -> Result<Answer<shape::Erasure>, Problem> {
    queries.limits.address(&request)?;
    let key = queries.erasures.get_or_try_init(|| ErasureKey::of(queries.store.keyring())).await?;
    // Whether it is there is not looked at before: a wrong token is answered alike, and as fast, for any.
    if !token.is_some_and(|token| key.opens(id.0, &token)) {
        return Err(Problem::NotFound);
    }
    let (deadline, mut ears) = (Instant::now() + PATIENCE, queries.progress.ears());
    loop {
        let row = find(&queries, id).await?;
        let (seen, head) = (row.seen, row.head);
        match row.receipt(id, key) {
            Some(receipt) => return Ok(Answer::seen(seen, receipt)),
            None if seen >= head => return Err(Problem::NotFound),
            None if Instant::now() >= deadline => return Err(Problem::ReadModelBehind),
            None => ears.hear_of(head, deadline).await,
        }
    }
}

/// In one statement, and so of one moment. An account is to be purged from the moment its row is there.
async fn find(queries: &Queries, id: ErasureId) -> Result<Row, Problem> {
    let row = sqlx::query_as!(
        Row,
        r#"select c.position as "seen!", h.position as "head!", e.kind as "kind?", e.keys as "key_ids?",
            e.created_at as "created_at?", e.position as "position?",
            array(
                select l.position from log.events l
                where l.aggregate_type = case e.kind when 'account' then 'user' else e.kind end
                    and l.aggregate_id = e.subject_id::text and l.position < e.position
                order by l.sequence
            ) as "positions?",
            exists (
                select from projection.purge p where p.user_id = e.subject_id and p.done_at is null
            ) or exists (
                select from read.file f
                cross join lateral (values (f.blob), (f.preview)) b (name)
                left join observed.blob o on o.name = b.name
                where f.author_id = e.subject_id and b.name is not null and o.removed_at is null
                    and not exists (
                        select from read.file g where (g.blob = b.name or g.preview = b.name) and not g.deleted
                            and not exists (select from keys.erased k where k.user_id in (g.owner_id, g.author_id)))
            ) or exists (
                select from unnest(e.keys) n (name)
                join read.file f on n.name like 'file/%' and f.id = split_part(n.name, '/', 4)::uuid
                cross join lateral (values (f.blob), (f.preview)) b (name)
                left join observed.blob o on o.name = b.name
                where b.name is not null and o.removed_at is null
            ) as "pending?",
            array(
                select distinct b.sha256 from read.file f
                cross join lateral (values (f.blob, f.sha256), (f.preview, f.preview_sha256)) b (name, sha256)
                join observed.blob o on o.name = b.name and o.removed_at is not null
                where e.kind = 'account' and f.author_id = e.subject_id and b.sha256 is not null
                    and (not f.deleted or o.removed_at >= e.created_at)
                    and not exists (
                        select from read.file g
                        where (g.blob = b.name or g.preview = b.name) and g.author_id <> e.subject_id
                            and (exists (
                                select from log.events l
                                where l.aggregate_type = 'file' and l.aggregate_id = g.id::text
                                    and l.event_type = 'file_deleted' and l.position > e.position
                            ) or exists (
                                select from read.erasure x where x.kind = 'account' and x.position > e.position
                                    and x.subject_id in (g.owner_id, g.author_id) and not g.deleted
                            )))
                order by b.sha256
            ) as "blobs?"
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
    fn receipt(self, id: ErasureId, key: &ErasureKey) -> Option<shape::Erasure> {
        let facts = ErasureFacts {
            id: id.0,
            kind: self.kind?,
            key_ids: self.key_ids?,
            blobs: self.blobs.unwrap_or_default(),
            positions: self.positions?,
            position: self.position?,
            created_at: self.created_at?.into(),
        };
        Some(shape::Erasure::of(facts, self.pending == Some(false), key.address(id.0)))
    }
}
