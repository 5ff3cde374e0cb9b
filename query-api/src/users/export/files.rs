//! The files of an export: all that are one's own, and the bytes of those that one uploaded.

use api_kit::Problem;
use bytes::Bytes;
use domain::id::UserId;
use futures::TryStreamExt;
use serde::Serialize;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ExportError;
use crate::Queries;

/// Rows of a page.
const PAGE: i64 = 500;

/// Bytes that are read at once.
const PIECE: u64 = 1024 * 1024;

/// A file of one's own. What was forwarded from somebody else says where it is from, not what it is called.
#[derive(Serialize)]
pub(super) struct File {
    pub(super) id: Uuid,
    filename_visible: Option<String>,
    size: i64,
    sha256: Option<String>,
    r#type: String,
    forwarded_from: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    uploaded_at: OffsetDateTime,
}

pub(super) async fn page(pool: &PgPool, user: UserId, after: Uuid) -> Result<Vec<File>, sqlx::Error> {
    sqlx::query_as!(
        File,
        r#"select id as "id!", case when author_id = owner_id then filename end as "filename_visible?", size as "size!",
            sha256, type as "type!", forwarded_from, uploaded_at as "uploaded_at!"
        from read.file where owner_id = $1 and not deleted and id > $2 order by id limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(pool)
    .await
}

/// The first file after this one whose bytes are theirs, and where they come to in the archive.
pub(super) async fn uploaded_after(
    pool: &PgPool,
    user: UserId,
    after: Uuid,
) -> Result<Option<(Uuid, String)>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select id as "id!", filename as "filename!" from read.file
        where owner_id = $1 and author_id = $1 and not deleted and filename is not null and blob is not null and id > $2
        order by id limit 1"#,
        user.0,
        after,
    );
    let found = found.fetch_optional(pool).await?;
    Ok(found.map(|row| (row.id, format!("files/{}/{}", row.id, row.filename))))
}

/// Some more bytes of a file; none at its end, and once it is deleted.
pub(super) async fn bytes(queries: &Queries, user: UserId, id: Uuid, from: u64) -> Result<Option<Bytes>, ExportError> {
    let found = sqlx::query!(
        r#"select blob as "blob!", size as "size!" from read.file
        where id = $1 and owner_id = $2 and not deleted and blob is not null"#,
        id,
        user.0,
    );
    let Some(row) = found.fetch_optional(&queries.pool).await? else { return Ok(None) };
    let to = u64::try_from(row.size).unwrap_or_default().min(from + PIECE);
    if from >= to {
        return Ok(None);
    }
    let name = row.blob.parse().map_err(Problem::internal)?;
    let pieces: Vec<Bytes> = queries.blobs()?.read(&name, from..to).await?.try_collect().await?;
    Ok(Some(pieces.concat().into()))
}
