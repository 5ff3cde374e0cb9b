//! Reading the log by position, in pages that hold nothing open between them.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Recorded;

/// Where the log ends, and which history it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// Position of the last event; 0 of an empty log.
    pub position: i64,
    /// `recorded_at` of the last event.
    pub recorded_at: OffsetDateTime,
    /// Counts the timelines: one more after each restore from an older copy.
    pub epoch: i32,
    /// Names this timeline.
    pub origin: Uuid,
}

/// Reads the log by position.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: PgPool,
}

impl Reader {
    /// A reader over a pool whose role may select from schema `log`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Where the log ends. One index-free row.
    pub async fn head(&self) -> Result<Head, sqlx::Error> {
        sqlx::query_as("select position, recorded_at, epoch, origin from log.head").fetch_one(&self.pool).await
    }

    /// Up to `limit` events after `position`, in order. Empty at the end of the log.
    pub async fn after(&self, position: i64, limit: i64) -> Result<Vec<Recorded>, sqlx::Error> {
        sqlx::query_as(
            "select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at, \
             payload::text as payload, metadata::text as metadata \
             from log.events where position > $1 order by position limit $2",
        )
        .bind(position)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
    }

    /// The place in the log of a stream's event; none of one that is not there. A probe of the log's key.
    pub async fn position_of(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        sequence: i64,
    ) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "select position from log.events where aggregate_type = $1 and aggregate_id = $2 and sequence = $3",
        )
        .bind(aggregate_type)
        .bind(aggregate_id)
        .bind(sequence)
        .fetch_optional(&self.pool)
        .await
    }

    /// Which of some streams, each a kind and an id, are there. A probe of the log's key for each, whatever their number.
    pub async fn begun(&self, kinds: &[&str], ids: &[&str]) -> Result<Vec<(String, String)>, sqlx::Error> {
        // The lateral join keeps it to probes: a hash join would read the whole log.
        sqlx::query_as(
            "select s.kind, s.id from unnest($1::text[], $2::text[]) s (kind, id), lateral ( \
                 select from log.events where aggregate_type = s.kind and aggregate_id = s.id and sequence = 1 limit 1) e",
        )
        .bind(kinds)
        .bind(ids)
        .fetch_all(&self.pool)
        .await
    }

    /// The positions of a stream's events, in order. A probe of the log's key for each.
    pub async fn positions_of(&self, aggregate_type: &str, aggregate_id: &str) -> Result<Vec<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "select position from log.events where aggregate_type = $1 and aggregate_id = $2 order by sequence",
        )
        .bind(aggregate_type)
        .bind(aggregate_id)
        .fetch_all(&self.pool)
        .await
    }

    /// The last event of a stream; none of one that is not there. A probe of the log's key.
    pub async fn last_of(&self, aggregate_type: &str, aggregate_id: &str) -> Result<Option<Recorded>, sqlx::Error> {
        sqlx::query_as(
            "select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at, \
             payload::text as payload, metadata::text as metadata \
             from log.events where aggregate_type = $1 and aggregate_id = $2 order by sequence desc limit 1",
        )
        .bind(aggregate_type)
        .bind(aggregate_id)
        .fetch_optional(&self.pool)
        .await
    }
}
