//! Rotation of the master key: what older versions wrap is wrapped again by the newest.

use super::{KeyError, Keyring, Row};

/// Keys rewrapped in one transaction.
const BATCH: i64 = 500;

impl Keyring {
    /// Wraps every surviving key that an older version of the master key wraps with the newest; how many there were.
    ///
    /// Needs both versions at hand, and may run beside live servers that have both.
    pub async fn rotate(&self) -> Result<u64, KeyError> {
        let mut rotated = 0;
        loop {
            let mut transaction = crate::begin(&self.inner.pool, "begin").await?;
            let rows = sqlx::query_as::<_, Row>(
                "select name, wrapped, master_version from keys.key \
                 where master_version < $1 and wrapped is not null limit $2 for update",
            )
            .bind(self.inner.master.newest())
            .bind(BATCH)
            .fetch_all(&mut *transaction)
            .await?;
            if rows.is_empty() {
                return Ok(rotated);
            }
            for Row { name, wrapped, master_version } in rows {
                let wrapped = wrapped.ok_or_else(|| KeyError::WrongMaster(name.clone()))?;
                let wrapped = self.inner.master.wrap(&name, &*self.by_master(&name, master_version, &wrapped)?);
                sqlx::query("update keys.key set wrapped = $2, master_version = $3 where name = $1")
                    .bind(&name)
                    .bind(&wrapped.bytes)
                    .bind(wrapped.version)
                    .execute(&mut *transaction)
                    .await?;
                rotated += 1;
            }
            transaction.commit().await?;
        }
    }
}
