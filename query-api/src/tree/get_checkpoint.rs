//! The newest signed head.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Marks, NoParameters, Problem, Query};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::sealed;
use crate::Queries;
use crate::asker::Asker;

/// The newest head of the record, signed: a C2SP tlog-checkpoint. What is newer is signed within a second: it is waited for
/// where a minimum position is asked for.
#[utoipa::path(
    get,
    path = "/v1/audit/checkpoint",
    operation_id = "GetCheckpoint",
    tag = "audit",
    params(QueryHeaders),
    responses((status = 200, body = String, content_type = "text/plain"), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    parameters: Result<Query<NoParameters>, Problem>,
) -> Result<impl IntoResponse, Problem> {
    let (head, Query(NoParameters {})) = sealed(&queries, &asker, parameters).await?;
    Ok((Marks::at(head.size), [(CONTENT_TYPE, "text/plain; charset=utf-8")], head.note))
}
