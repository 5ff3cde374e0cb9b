//! What somebody did in rooms besides writing: as they knew it when they did it, since they may not see the room any more.

use api_kit::Timestamp;
use domain::id::{InviteCode, UserId};
use domain::membership::MembershipEvent;
use domain::sealed::Sealed;
use event_store::Recorded;
use serde::{Serialize, Serializer};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ExportError;
use super::rows::{PAGE, timestamp, timestamps};
use crate::Queries;
use crate::fleeting::open;

/// That somebody banned another.
#[derive(Serialize)]
pub(super) struct Ban {
    room_id: Uuid,
    user_id: Uuid,
    /// Null where they gave none, and once it is older than the room keeps what is written there.
    reason: Option<String>,
    until: Option<Timestamp>,
    banned_at: String,
}

/// An invite that somebody made.
#[derive(Serialize)]
pub(super) struct Invite {
    #[serde(rename = "code", serialize_with = "code")]
    id: Uuid,
    room_id: Uuid,
    max_uses: Option<i64>,
    #[serde(serialize_with = "timestamps")]
    expires_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "timestamp")]
    created_at: OffsetDateTime,
    #[serde(skip)]
    pub(super) position: i64,
}

/// Somebody's part in a call.
#[derive(Serialize)]
pub(super) struct Call {
    pub(super) id: Uuid,
    room_id: Uuid,
    media: String,
    /// Whether it was they who began it.
    started: bool,
    #[serde(serialize_with = "timestamp")]
    started_at: OffsetDateTime,
    /// Null where they declined.
    #[serde(serialize_with = "timestamps")]
    joined_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "timestamps")]
    left_at: Option<OffsetDateTime>,
    departure: Option<String>,
    duration_ms: i64,
}

/// Their bans after a position, which the log has whatever became of them; and the last position that was looked at, if there was
/// one.
pub(super) async fn bans(queries: &Queries, user: UserId, after: i64) -> Result<(Vec<Ban>, Option<i64>), ExportError> {
    let events = sqlx::query_as!(
        Recorded,
        r#"select e.position, e.event_id, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
            e.recorded_at, e.payload::text as "payload!", e.metadata::text as "metadata!"
        from read.indexed_event x join log.events e on e.position = x.position
        where x.actor_id = $1 and x.event_type = 'membership_banned' and x.position > $2 order by x.position limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(&queries.pool)
    .await?;
    let keyring = queries.store.keyring();
    // Months that a room keeps no longer do not open.
    keyring.hear().await?;
    let told = open(keyring, &events).await?;
    let bans = events.iter().zip(told).filter_map(|(event, told)| {
        let MembershipEvent::MembershipBanned { room_id, user_id, reason, until, .. } = told.fact().ok()? else {
            return None;
        };
        let (reason, until) = (reason.and_then(Sealed::into_inner), until.map(Timestamp::from));
        let banned_at = event.metadata().ok()?.occurred_at;
        Some(Ban { room_id: room_id.0, user_id: user_id.0, reason, until, banned_at })
    });
    Ok((bans.collect(), events.last().map(|last| last.position)))
}

/// Those that were made after a position.
pub(super) async fn invites(pool: &PgPool, user: UserId, after: i64) -> Result<Vec<Invite>, sqlx::Error> {
    sqlx::query_as!(
        Invite,
        r#"select id as "id!", room_id as "room_id!", max_uses, expires_at, created_at as "created_at!",
            position as "position!"
        from read.invite where created_by = $1 and position > $2 order by position limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(pool)
    .await
}

/// Those with ids after this one, as they are at `now`.
pub(super) async fn calls(
    pool: &PgPool,
    user: UserId,
    after: Uuid,
    now: OffsetDateTime,
) -> Result<Vec<Call>, sqlx::Error> {
    sqlx::query_as!(
        Call,
        r#"select c.id as "id!", c.room_id as "room_id!", c.media as "media!", c.started_by = p.user_id as "started!",
            c.started_at as "started_at!", p.joined_at, coalesce(p.left_at, c.ended_at) as left_at, p.departure,
            p.earlier_ms + greatest(0, coalesce(
                extract(epoch from coalesce(p.left_at, c.ended_at, $4) - p.rejoined_at) * 1000, 0))::bigint as "duration_ms!"
        from read.call_participant p join read.call c on c.id = p.call_id
        where p.user_id = $1 and p.call_id > $2 order by p.call_id limit $3"#,
        user.0,
        after,
        PAGE,
        now,
    )
    .fetch_all(pool)
    .await
}

fn code<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    InviteCode(*id).serialize(serializer)
}
