//! The newest signed head.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use std::time::Duration;

use api_kit::{Marks, NoParameters, Problem, Query};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tokio::time::{Instant, sleep};

use super::auditor;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::PATIENCE;

/// Pause before it is looked again whether enough is sealed.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

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
    let deadline = Instant::now() + PATIENCE;
    drop(auditor(&queries, &asker, parameters).await?);
    loop {
        let newest = sqlx::query!(
            "select c.size, c.note from record.checkpoint c join log.head h on h.origin = c.origin
             order by c.size desc limit 1"
        );
        let newest = newest.fetch_optional(&queries.pool).await?;
        if let Some(head) = newest.filter(|head| head.size >= asker.min_position) {
            return Ok((Marks::at(head.size), [(CONTENT_TYPE, "text/plain; charset=utf-8")], head.note));
        }
        if Instant::now() >= deadline {
            return Err(Problem::ReadModelBehind);
        }
        sleep(LOOK_AGAIN).await;
    }
}
