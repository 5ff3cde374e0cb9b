//! Oneself.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Problem, Query, shape};
use axum::extract::State;

use super::Account;
use crate::Queries;
use crate::asker::Asker;

/// One's own account.
#[utoipa::path(
    get,
    path = "/v1/users/me",
    operation_id = "GetOwnAccount",
    tag = "accounts",
    params(QueryHeaders),
    responses((status = 200, body = shape::Me), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::Me>, Problem> {
    let mut view = queries.signed_in(&asker).await?;
    let user = view.caller.user;
    let account = Account::find(view.connection(), user).await?.ok_or(Problem::NotFound)?;
    let version = account.version;
    Ok(view.answer_of(version, account.seen_by_owner()))
}
