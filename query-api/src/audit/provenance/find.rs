//! The events that a message is made of.

use domain::id::{FileId, MessageId};
use domain::sealed::{KeyName, wrapped_by};
use event_store::Recorded;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::audit::pages::COLUMNS;

/// What happened to a message and its reactions up to `until`, in order. Scans of the log's key.
pub(super) async fn of_message(pool: &PgPool, id: MessageId, until: i64) -> Result<Vec<Recorded>, sqlx::Error> {
    // After the colon of a reaction's stream comes who reacted; the semicolon is the character after it.
    let sql = format!(
        "select {COLUMNS} from log.events e
             where e.aggregate_type = 'message' and e.aggregate_id = $1 and e.position <= $2
         union all
         select {COLUMNS} from log.events e
             where e.aggregate_type = 'reaction' and e.aggregate_id >= $1 || ':' and e.aggregate_id < $1 || ';'
                 and e.position <= $2
         order by position"
    );
    sqlx::query_as(&sql).bind(id.to_string()).bind(until).fetch_all(pool).await
}

/// A notice between messages, with the event that it tells of.
#[derive(sqlx::FromRow)]
pub(super) struct Notice {
    pub(super) room_id: Uuid,
    pub(super) sender_id: Uuid,
    /// `user_joined`, `user_left`, `event`, `call`.
    pub(super) kind: String,
    /// `{type, ...}`, as members are shown it.
    pub(super) told: Value,
    #[sqlx(flatten)]
    pub(super) event: Recorded,
}

/// The notice with this id, if there was one by `until`. Probes of two keys.
pub(super) async fn notice(pool: &PgPool, id: MessageId, until: i64) -> Result<Option<Notice>, sqlx::Error> {
    let sql = format!(
        "select m.room_id, m.sender_id, m.type as kind, m.event as told, {COLUMNS}
         from read.message m join log.events e on e.position = m.position
         where m.id = $1 and m.type <> 'message' and m.position <= $2"
    );
    sqlx::query_as(&sql).bind(id.0).bind(until).fetch_optional(pool).await
}

/// What happened to some files up to `until`, in order.
pub(super) async fn of_files(pool: &PgPool, files: &[FileId], until: i64) -> Result<Vec<Recorded>, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from log.events e where e.aggregate_type = 'file' and e.aggregate_id = any($1) and e.position <= $2
         order by e.position"
    );
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    sqlx::query_as(&sql).bind(files).bind(until).fetch_all(pool).await
}

/// The erasure that destroyed a key, or one that wrapped it; none while it is there.
pub(super) async fn erasure(pool: &PgPool, key: &KeyName) -> Result<Option<Recorded>, sqlx::Error> {
    let mut keys = wrapped_by(key.as_str());
    keys.push(key.as_str().to_owned());
    let sql = format!(
        "select {COLUMNS} from log.events e
         where e.position = (select min(r.position) from read.erasure r where r.keys && $1)"
    );
    sqlx::query_as(&sql).bind(keys).fetch_optional(pool).await
}
