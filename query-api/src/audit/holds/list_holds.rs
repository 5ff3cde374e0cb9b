//! `ListHolds`: every legal hold.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, Items, NoParameters, Problem, Query};
use axum::extract::State;
use axum::http::HeaderMap;

use super::{Hold, holds};
use crate::Queries;
use crate::asker::Asker;

/// Every legal hold that was ever placed, lifted or not, in that order, all at once. For auditors.
#[utoipa::path(
    get,
    path = "/v1/audit/holds",
    operation_id = "ListHolds",
    tag = "audit",
    params(
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Items<Hold>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    parameters: Result<Query<NoParameters>, Problem>,
    headers: HeaderMap,
) -> Result<Answer<Items<Hold>>, Problem> {
    let (end, items) = holds(&queries, &asker, (parameters, &headers), "/v1/audit/holds").await?;
    Ok(Answer::seen(end, Items { items, before: None, after: None }))
}
