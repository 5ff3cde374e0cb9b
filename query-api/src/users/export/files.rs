//! The files of an export: all that are one's own, and the bytes of those that one uploaded.

use api_kit::Problem;
use bytes::Bytes;
use domain::id::UserId;
use futures::TryStreamExt;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ExportError;
use crate::Queries;
use crate::files::{Whispered, whispered};

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
    /// Whether what is missing stands in the log alone, in the event at this position.
    #[serde(skip)]
    sealed: bool,
    #[serde(skip)]
    position: i64,
}

pub(super) async fn page(queries: &Queries, user: UserId, after: Uuid) -> Result<Vec<File>, ExportError> {
    let mut connection = queries.pool.acquire().await?;
    let mut files = sqlx::query_as!(
        File,
        r#"select id as "id!", case when author_id = owner_id then filename end as "filename_visible?", size as "size!",
            sha256, type as "type!", forwarded_from, uploaded_at as "uploaded_at!", sealed as "sealed!",
            position as "position!"
        from read.file where owner_id = $1 and not deleted and id > $2
            and (filename is not null or sealed) and not exists (select from keys.erased k where k.user_id = author_id)
        order by id limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(&mut *connection)
    .await?;
    let sealed: Vec<i64> = files.iter().filter(|file| file.sealed).map(|file| file.position).collect();
    let whispered = whispered(&mut connection, queries.store.keyring(), &sealed).await?;
    for file in &mut files {
        if let Some(whispered) = whispered.get(&file.position) {
            file.filename_visible = Some(whispered.filename.clone());
            file.sha256 = Some(whispered.sha256.clone());
        }
    }
    Ok(files)
}

/// A file whose bytes are written to the archive.
pub(super) struct Written {
    blob: String,
    size: u64,
    /// What it is called, and what opens it, of a secret room's: asked for again with each piece.
    whispered: Option<Whispered>,
    filename: Option<String>,
}

impl Written {
    /// One of theirs; none once it is deleted, or does not open any more.
    async fn find(queries: &Queries, user: UserId, id: Uuid) -> Result<Option<Self>, ExportError> {
        let mut connection = queries.pool.acquire().await?;
        let found = sqlx::query!(
            r#"select blob as "blob!", size as "size!", filename, sealed as "sealed!", position as "position!"
            from read.file where id = $1 and owner_id = $2 and author_id = $2 and not deleted
                and blob is not null and (filename is not null or sealed)"#,
            id,
            user.0,
        );
        let Some(row) = found.fetch_optional(&mut *connection).await? else { return Ok(None) };
        let sealed: Vec<i64> = row.sealed.then_some(row.position).into_iter().collect();
        let whispered = whispered(&mut connection, queries.store.keyring(), &sealed).await?.remove(&row.position);
        if row.sealed && whispered.is_none() {
            return Ok(None);
        }
        let size = u64::try_from(row.size).unwrap_or_default();
        Ok(Some(Self { blob: row.blob, size, whispered, filename: row.filename }))
    }

    /// Whether its bytes are there: those that are on record today are, or the disk is not.
    async fn is_kept(&self, queries: &Queries) -> Result<bool, ExportError> {
        Ok(queries.blobs()?.has(&self.blob.parse().map_err(Problem::internal)?).await?)
    }

    fn filename(&self) -> &str {
        let whispered = self.whispered.as_ref().map(|whispered| whispered.filename.as_str());
        whispered.or(self.filename.as_deref()).unwrap_or_default()
    }
}

/// The first file after this one whose bytes are theirs, and where they come to in the archive; of the past, whose bytes are
/// there yet.
pub(super) async fn uploaded_after(
    queries: &Queries,
    user: UserId,
    mut after: Uuid,
    is_past: bool,
) -> Result<Option<(Uuid, String)>, ExportError> {
    loop {
        let next = sqlx::query_scalar!(
            r#"select id as "id!" from read.file
            where owner_id = $1 and author_id = $1 and not deleted and blob is not null and id > $2 order by id limit 1"#,
            user.0,
            after,
        );
        let Some(id) = next.fetch_optional(&queries.pool).await? else { return Ok(None) };
        if let Some(written) = Written::find(queries, user, id).await?
            && (!is_past || written.is_kept(queries).await?)
        {
            return Ok(Some((id, format!("files/{id}/{}", written.filename()))));
        }
        after = id;
    }
}

/// Some more bytes of a file; none at its end, and once it is deleted.
pub(super) async fn bytes(queries: &Queries, user: UserId, id: Uuid, from: u64) -> Result<Option<Bytes>, ExportError> {
    let Some(written) = Written::find(queries, user, id).await? else { return Ok(None) };
    let to = written.size.min(from + PIECE);
    if from >= to {
        return Ok(None);
    }
    let name = written.blob.parse().map_err(Problem::internal)?;
    let reading = match &written.whispered {
        Some(whispered) => queries.blobs()?.read_sealed(&name, &whispered.key, written.size, from..to).await?,
        None => queries.blobs()?.read(&name, from..to).await?,
    };
    let pieces: Vec<Bytes> = reading.try_collect().await?;
    Ok(Some(pieces.concat().into()))
}
