//! Somebody else.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use axum::response::Response;
use domain::id::UserId;

use super::Account;
use crate::Queries;
use crate::asker::Asker;
use crate::if_none_match::IfNoneMatch;

/// Somebody's account, as everyone sees it; administrators see what they administer besides.
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    operation_id = "GetAccount",
    tag = "accounts",
    params(("id" = Uuid, Path, description = "Who"), QueryHeaders),
    responses((status = 200, body = shape::User), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(user): Path<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let mut view = queries.signed_in(&asker).await?;
    let account = Account::find(view.connection(), user).await?.ok_or(Problem::NotFound)?;
    let version = account.version;
    let seen = if view.caller.is_admin {
        account.seen_by_admins(user, queries.context.now())
    } else {
        account.seen_by_others(user)
    };
    Ok(known.answer(&view, version, seen))
}
