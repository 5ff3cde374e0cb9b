//! The keys that verify heads.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Marks, NoParameters, Problem, Query};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::auditor;
use crate::Queries;
use crate::asker::Asker;

/// The key that verifies checkpoints, a C2SP vkey. While a key is replaced by another, both, a line each, the newer first.
#[utoipa::path(
    get,
    path = "/v1/audit/checkpoint-key",
    operation_id = "GetCheckpointKey",
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
    let (mut view, Query(NoParameters {})) = auditor(&queries, &asker, parameters).await?;
    let keys = sqlx::query_scalar!(
        "select v.vkey from record.verifier v join log.head h on h.origin = v.origin order by v.number"
    );
    let keys = keys.fetch_all(view.connection()).await?;
    if keys.is_empty() {
        return Err(Problem::ReadModelBehind);
    }
    let text: String = keys.iter().flat_map(|key| [key.as_str(), "\n"]).collect();
    Ok((Marks::at(view.position), [(CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
