//! Keys that are destroyed today are destroyed in the past too, before it is looked at again.

use std::collections::HashSet;

use domain::sealed::KeyName;
use sqlx::PgPool;
use tokio::sync::Mutex;

/// Carries what is destroyed today into the database of the past.
pub(crate) struct Keys {
    today: PgPool,
    then: PgPool,
    as_of: i64,
    /// The number of the last destruction that was carried over.
    heard: Mutex<i64>,
}

impl Keys {
    /// Of `then` the role may change keys and what is to be purged.
    pub(crate) fn new(today: PgPool, then: PgPool, as_of: i64) -> Self {
        Self { today, then, as_of, heard: Mutex::default() }
    }

    /// Whatever was destroyed before this call is hidden in the past after it, and about to be purged of its read
    /// models, where what files were called is purged already. A probe of an index.
    pub(crate) async fn hear(&self) -> Result<(), sqlx::Error> {
        let mut heard = self.heard.lock().await;
        let gone: Vec<(i64, String)> =
            sqlx::query_as("select destroyed_as, name from keys.key where destroyed_as > $1 order by destroyed_as")
                .bind(*heard)
                .fetch_all(&self.today)
                .await?;
        let Some((newest, _)) = gone.last() else { return Ok(()) };
        let newest = *newest;
        let names: Vec<String> = gone.into_iter().map(|(_, name)| name).collect();
        let mut transaction = event_store::begin(&self.then, "begin").await?;
        let there: HashSet<String> = sqlx::query_scalar(
            "update keys.key set wrapped = null, master_version = null, destroyed_at = clock_timestamp() \
             where name = any($1) and wrapped is not null returning name",
        )
        .bind(&names)
        .fetch_all(&mut *transaction)
        .await?
        .into_iter()
        .collect();
        let mut names: Vec<_> = names.into_iter().map(KeyName::stored).collect();
        // Of a file whose key was not there any more when the past was copied no name was ever read: these are many.
        names.retain(|key| key.filename_of().is_none() || there.contains(key.as_str()));
        projector::forget(&mut transaction, &names, self.as_of + 1).await?;
        transaction.commit().await?;
        *heard = newest;
        Ok(())
    }
}
