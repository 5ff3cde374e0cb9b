//! Who may see a file.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query, shape};
use axum::extract::State;
use domain::id::FileId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::{Interrupted, View};

/// Who may see a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilePermissions {
    /// At most 500, the oldest first.
    items: Vec<shape::FilePermission>,
}

/// Who may see a file besides its owner, who alone is told.
#[utoipa::path(
    get,
    path = "/v1/files/{id}/permissions",
    operation_id = "ListFilePermissions",
    tag = "files",
    params(("id" = Uuid, Path, description = "The file"), QueryHeaders),
    responses((status = 200, body = FilePermissions), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<FileId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<FilePermissions>, Problem> {
    let (mut view, seen) = queries.asking(&asker).file(id).await?;
    if !seen.is_owner {
        return Err(Problem::NotTheOwner);
    }
    let items = list(&mut view, id).await?;
    Ok(view.answer(FilePermissions { items }))
}

async fn list(view: &mut View, id: FileId) -> Result<Vec<shape::FilePermission>, Interrupted> {
    let rows = sqlx::query!(
        r#"select grantee_id as "grantee_id!", is_room as "is_room!", ways as "ways!", granted_at as "granted_at!"
        from read.file_permission where file_id = $1 and ways <> '{}' order by granted_at, grantee_id"#,
        id.0,
    );
    let rows = rows.fetch_all(view.connection()).await?;
    let shown = rows.into_iter().map(|row| shape::FilePermission {
        user_id: (!row.is_room).then_some(row.grantee_id),
        room_id: row.is_room.then_some(row.grantee_id),
        message_ids: row.ways.into_iter().filter(|way: &Uuid| !way.is_nil()).collect(),
        granted_at: row.granted_at.into(),
    });
    Ok(shown.collect())
}
