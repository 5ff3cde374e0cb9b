//! A PostgreSQL that may lose what it acknowledged is not served from.

use sqlx::PgPool;

/// A setting of the database under which an answered command could be lost.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL runs with {name} = {value}: what it acknowledged could be lost. Set {name} = on")]
pub struct NotDurable {
    name: String,
    value: String,
}

/// Refuses `fsync`, `full_page_writes` or `synchronous_commit` off.
pub(crate) async fn first_unsafe_setting(pool: &PgPool) -> Result<Option<NotDurable>, sqlx::Error> {
    let found = sqlx::query_as::<_, (String, String)>(
        "select name, setting from pg_settings \
         where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name limit 1",
    )
    .fetch_optional(pool)
    .await?;
    Ok(found.map(|(name, value)| NotDurable { name, value }))
}
