//! Tiles of the tree.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Marks, NoParameters, Path, Problem, Query};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use record::TileName;

use super::sealed;
use crate::Queries;
use crate::asker::Asker;

/// A tile of the record: up to 256 hashes of 32 bytes (C2SP tlog-tiles). Events are no part of it: an export has them.
///
/// `Event-Position` is what the newest checkpoint covers: that is waited for where a minimum position is asked for.
#[utoipa::path(
    get,
    path = "/v1/audit/tile/{*name}",
    operation_id = "GetTile",
    tag = "audit",
    params(
        ("name" = String, Path, description = "Level and place, and the width of one that is not full", example = "0/x001/234.p/5"),
        QueryHeaders
    ),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(name): Path<String>,
    parameters: Result<Query<NoParameters>, Problem>,
) -> Result<impl IntoResponse, Problem> {
    let wanted = parameters.and_then(|Query(NoParameters {})| TileName::parse(&name).ok_or(Problem::NotFound));
    let (head, tile) = sealed(&queries, &asker, wanted).await?;
    let stored = sqlx::query_scalar!(
        "select hashes from record.tile where level = $1 and index = $2",
        i16::from(tile.level),
        tile.index.cast_signed()
    );
    let mut hashes = stored.fetch_optional(&queries.pool).await?.ok_or(Problem::NotFound)?;
    if hashes.len() < tile.bytes() {
        return Err(Problem::NotFound);
    }
    hashes.truncate(tile.bytes());
    Ok((Marks::at(head.size), [(CONTENT_TYPE, "application/octet-stream")], hashes))
}
