//! What a client stores for its user.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Problem, Query};
use axum::extract::State;
use serde_json::Value;

use crate::Queries;
use crate::asker::Asker;

/// One's own settings: an empty object of who never stored any.
#[utoipa::path(
    get,
    path = "/v1/users/me/settings",
    operation_id = "GetSettings",
    tag = "accounts",
    params(QueryHeaders),
    responses((status = 200, body = Object), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<Value>, Problem> {
    let mut view = queries.signed_in(&asker).await?;
    let user = view.caller.user;
    let row = sqlx::query!(r#"select settings, version as "version!" from read.settings where user_id = $1"#, user.0)
        .fetch_optional(view.connection())
        .await?;
    let (settings, version) = row.map_or((None, 0), |row| (row.settings, row.version));
    Ok(view.answer_of(version, settings.unwrap_or_else(|| Value::Object(serde_json::Map::new()))))
}
