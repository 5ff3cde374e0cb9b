//! The receipt of an erasure, for auditors.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use axum::http::HeaderMap;
use domain::id::ErasureId;

use super::receipt::receipt;
use crate::Queries;
use crate::asker::Asker;
use crate::audit::access::{audited, record};

/// The receipt of an erasure, for auditors: whatever erases says in the log which erasure it is.
#[utoipa::path(
    get,
    path = "/v1/audit/erasures/{id}",
    operation_id = "AuditErasure",
    tag = "audit",
    params(
        ("id" = Uuid, Path, description = "The erasure"),
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = shape::Erasure), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<ErasureId>,
    parameters: Result<Query<NoParameters>, Problem>,
    headers: HeaderMap,
) -> Result<Answer<shape::Erasure>, Problem> {
    let address = format!("/v1/audit/erasures/{id}");
    let reason = audited(&queries, &asker, &headers).await?;
    parameters?;
    record(&queries, &asker, &reason, &address).await?;
    let (seen, receipt) = receipt(&queries, id, address).await?;
    Ok(Answer::seen(seen, receipt))
}
