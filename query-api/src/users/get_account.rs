//! Somebody else.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::UserId;

use super::Account;
use crate::Queries;
use crate::asker::Asker;

/// Somebody's account, as everyone sees it; administrators see what they administer besides.
///
/// Where the directory of the instance does not show everyone, those are seen who are or were in a room that one is in.
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
) -> Result<Answer<shape::User>, Problem> {
    let mut view = queries.among_people(&asker).await?;
    if !view.may_see(user).await? {
        return Err(Problem::NotFound);
    }
    let account = Account::find(view.connection(), user).await?.ok_or(Problem::NotFound)?;
    let (version, is_admin) = (account.version, view.caller.is_admin);
    Ok(view.answer_of(version, account.seen_by(is_admin, queries.context.now())))
}
