//! `GetHold`: one legal hold.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use axum::http::HeaderMap;
use domain::id::HoldId;

use super::{Hold, holds};
use crate::Queries;
use crate::asker::Asker;

/// A legal hold, lifted or not. For auditors.
#[utoipa::path(
    get,
    path = "/v1/audit/holds/{id}",
    operation_id = "GetHold",
    tag = "audit",
    params(
        ("id" = Uuid, Path, description = "The hold"),
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Hold), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<HoldId>,
    parameters: Result<Query<NoParameters>, Problem>,
    headers: HeaderMap,
) -> Result<Answer<Hold>, Problem> {
    let (end, holds) = holds(&queries, &asker, (parameters, &headers), &format!("/v1/audit/holds/{id}")).await?;
    let hold = holds.into_iter().find(|hold| hold.id == id).ok_or(Problem::NotFound)?;
    Ok(Answer::seen(end, hold))
}
