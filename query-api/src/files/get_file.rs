//! What a file is.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::FileId;

use crate::Queries;
use crate::asker::Asker;

/// What a file is, for who may see it: its owner, and whom it is granted, by name or as members of a room; somebody's
/// picture, whoever sees their account.
#[utoipa::path(
    get,
    path = "/v1/files/{id}",
    operation_id = "GetFile",
    tag = "files",
    params(("id" = Uuid, Path, description = "The file"), QueryHeaders),
    responses((status = 200, body = shape::File), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<FileId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::File>, Problem> {
    let (view, seen) = queries.asking(&asker).file(id).await?;
    Ok(view.answer_of(seen.file.version, seen.file.shown()))
}
