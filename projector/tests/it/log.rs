//! A log that tests write straight into, with fields left readable: opening leaves those as they are.

use std::collections::HashMap;

use event_store::{KeyNames, Keyring, MasterKey, Metadata, Reader};
use serde_json::Value;
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::facts::Entry;
use crate::older;

/// What the names of keys say.
pub(crate) const NAMES: KeyNames =
    KeyNames { wrapped_by: domain::sealed::wrapped_by, is_fleeting: domain::sealed::is_fleeting };

/// When the first event happened and was recorded.
const BEGINNING: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// How much later than it happened an event is recorded.
const LATER: Duration = Duration::milliseconds(250);

/// The log of a database, appended to by one test alone.
pub(crate) struct Log {
    pool: PgPool,
    sequences: HashMap<(&'static str, String), i64>,
    /// Of the last event.
    pub(crate) position: i64,
    /// Tells histories apart that have the same events: ids and times differ.
    history: u16,
}

impl Log {
    pub(crate) fn new(pool: &PgPool) -> Self {
        Self { pool: pool.clone(), sequences: HashMap::new(), position: 0, history: 0 }
    }

    /// As [`Self::new`], with events that are no other log's.
    pub(crate) fn of_history(pool: &PgPool, history: u16) -> Self {
        Self { history, ..Self::new(pool) }
    }

    /// What goes on from here belongs to another history.
    pub(crate) fn part_into(&mut self, history: u16) {
        self.history = history;
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.pool.clone())
    }

    pub(crate) fn keyring(&self) -> Keyring {
        let master = MasterKey::parse(&format!("1:{}", "11".repeat(32))).unwrap();
        Keyring::new(self.pool.clone(), master, NAMES, older::upcasters())
    }

    /// When the event at `position` happened.
    pub(crate) fn time(&self, position: i64) -> OffsetDateTime {
        BEGINNING + Duration::seconds(position) + Duration::hours(i64::from(self.history))
    }

    pub(crate) async fn set_epoch(&self, epoch: i32) {
        sqlx::query("update log.head set epoch = $1").bind(epoch).execute(&self.pool).await.unwrap();
    }

    /// Appends in one transaction. Returns the last position.
    pub(crate) async fn append(&mut self, entries: impl IntoIterator<Item = Entry>) -> i64 {
        let mut transaction = event_store::begin(&self.pool, "begin").await.unwrap();
        for entry in entries {
            self.position += 1;
            let position = self.position;
            let event_id = Uuid::from_u128(
                u128::from(self.history) << 112 | 8 << 76 | 2 << 62 | u128::from(position.unsigned_abs()),
            );
            let recorded_at = self.time(position) + LATER;
            let sequence = self.sequences.entry((entry.aggregate_type, entry.aggregate_id.clone())).or_insert(0);
            *sequence += 1;
            sqlx::query("insert into log.events values ($1, $2, $3, $4, '1', $5::json, $6::json, $7, $8, $9)")
                .bind(entry.aggregate_type)
                .bind(&entry.aggregate_id)
                .bind(*sequence)
                .bind(entry.payload["type"].as_str().unwrap())
                .bind(entry.payload.to_string())
                .bind(metadata(&entry, event_id, recorded_at - LATER).to_string())
                .bind(position)
                .bind(event_id)
                .bind(recorded_at)
                .execute(&mut *transaction)
                .await
                .unwrap();
            sqlx::query("update log.head set position = $1, recorded_at = $2")
                .bind(position)
                .bind(recorded_at)
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
        self.position
    }

    /// Does what nobody may: says that an event's shape is of another version.
    pub(crate) async fn age(&self, position: i64, version: &str) {
        sqlx::raw_sql("alter table log.events disable trigger all").execute(&self.pool).await.unwrap();
        let aged = sqlx::query("update log.events set event_version = $2 where position = $1");
        aged.bind(position).bind(version).execute(&self.pool).await.unwrap();
        sqlx::raw_sql("alter table log.events enable trigger all").execute(&self.pool).await.unwrap();
    }

    /// Does what nobody may: replaces an event's payload in the log.
    pub(crate) async fn tamper(&self, position: i64, payload: &Value) {
        sqlx::raw_sql("alter table log.events disable trigger all").execute(&self.pool).await.unwrap();
        sqlx::query("update log.events set payload = $2::json, event_type = $3 where position = $1")
            .bind(position)
            .bind(payload.to_string())
            .bind(payload["type"].as_str().unwrap())
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::raw_sql("alter table log.events enable trigger all").execute(&self.pool).await.unwrap();
    }
}

fn metadata(entry: &Entry, event_id: Uuid, at: OffsetDateTime) -> Value {
    let metadata = Metadata {
        event_id,
        command_id: event_id,
        correlation_id: None,
        causation_id: None,
        actor_id: entry.actor,
        session_id: None,
        room_id: entry.room,
        occurred_at: at.format(&Rfc3339).unwrap(),
        traceparent: None,
        schema_version: 1,
        key_ids: vec![],
    };
    serde_json::to_value(metadata).unwrap()
}
