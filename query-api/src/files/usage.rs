//! What somebody's files take up, for the write edge.

use std::collections::HashSet;

use api_kit::usage::{Found, Usage, Used};
use sqlx::PgPool;
use uuid::Uuid;

/// Counts what files take up.
#[derive(Clone, Debug)]
pub struct FileUsage(PgPool);

impl FileUsage {
    /// Over a pool whose role may read schema `read`.
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

impl Usage for FileUsage {
    fn of(&self, user: Uuid) -> Found<'_, Used> {
        Box::pin(async move {
            let found = sqlx::query!(
                r#"select c.position as "position!", u.files as "files?", u.bytes as "bytes?"
                from read.checkpoint c left join read.file_usage u on u.user_id = $1"#,
                user,
            );
            let found = found.fetch_optional(&self.0).await?;
            let count = |count: Option<i64>| count.and_then(|count| count.try_into().ok()).unwrap_or_default();
            Ok(found.map_or_else(Used::default, |row| Used {
                position: row.position,
                files: count(row.files),
                bytes: count(row.bytes),
            }))
        })
    }

    fn referred(&self, user: Uuid, blobs: Vec<String>) -> Found<'_, HashSet<String>> {
        Box::pin(async move {
            let found = sqlx::query_scalar!(
                r#"select blob as "blob!" from read.file_reference
                where user_id = $1 and blob = any($2) and files > 0"#,
                user,
                &blobs,
            );
            Ok(found.fetch_all(&self.0).await?.into_iter().collect())
        })
    }
}
