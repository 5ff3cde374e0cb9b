//! What may be too old, as far as the read models tell.

use domain::holds::{FORWARDED_CLAIM, Kept};
use domain::id::{RoomId, UserId};
use domain::sealed::{KeyName, Month};
use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::erasures;

/// Rooms in a round.
const ROOMS: i64 = 100;

/// Keys that end in one append, and so most that one receipt tells.
const KEYS: i64 = 100;

/// Messages, or files, of a room in a round.
const MESSAGES: i64 = 500;

/// Whether something is held in `room` of nobody in particular or somebody of whom `theirs`, of `h.user_id`, is true: `$1`
/// and `$2` are the rooms and people of holds.
fn held(room: &str, theirs: &str) -> String {
    format!(
        "exists (select from unnest($1::uuid[], $2::uuid[]) h (room_id, user_id) \
             where (h.room_id is null or h.room_id = {room}) and (h.user_id is null or {theirs}))"
    )
}

/// Whether message `m` is held, of whose words it is or who sent it; in a secret room, of who reacted to it too, as that ends
/// with it.
fn message_held() -> String {
    held(
        "m.room_id",
        "h.user_id in (m.author_id, m.sender_id) or m.sealed and exists (select from keys.key k \
             where k.name = 'reaction/' || h.user_id || '/' || m.room_id || '/' || m.id)",
    )
}

/// Whether something is held that key `k` seals in room `r`: of whose words it is, or by whom they were forwarded.
fn key_held() -> String {
    held(
        "r.id",
        &format!(
            "h.user_id::text = k.labels[2] or exists (select from log.claims c \
                 where c.kind = '{FORWARDED_CLAIM}' and c.digest = convert_to(h.user_id || ':' || k.name, 'UTF8'))"
        ),
    )
}

fn unzipped(holds: &[Kept]) -> (Vec<Option<Uuid>>, Vec<Option<Uuid>>) {
    holds.iter().map(|kept| (kept.room_id.map(|room| room.0), kept.user_id.map(|user| user.0))).unzip()
}

/// A room, and keys of what was written there in months that are over for so long.
#[derive(FromRow)]
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) retain_days: i64,
    pub(super) keys: Vec<String>,
}

/// A message, and a file that it came with.
#[derive(FromRow)]
pub(super) struct Old {
    pub(super) id: Uuid,
    pub(super) room_id: Uuid,
    pub(super) author_id: Uuid,
    pub(super) sender_id: Uuid,
    pub(super) sent_at: OffsetDateTime,
    pub(super) file_id: Option<Uuid>,
}

impl Old {
    /// The key of the words that it came with.
    pub(super) fn key(&self) -> KeyName {
        KeyName::content(UserId(self.author_id), RoomId(self.room_id), Month::of(self.sent_at))
    }
}

/// How many messages are as old as those that end, and are held. Reads all messages of rooms with holds that keep
/// messages for a time only.
pub(super) async fn held_messages(pool: &PgPool, holds: &[Kept], now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    let (rooms, users) = unzipped(holds);
    sqlx::query_scalar(&format!(
        "select count(*) from read.room r \
         cross join lateral (select $3 at time zone 'UTC' - make_interval(days => r.retain_days::int) as before) old \
         join read.message m on m.room_id = r.id and m.type = 'message' and m.status <> 'deleted' and not m.erased \
             and m.sent_at at time zone 'UTC' < case when m.sealed then old.before else date_trunc('month', old.before) end \
         where r.retain_days is not null and {}",
        message_held(),
    ))
    .bind(rooms)
    .bind(users)
    .bind(now)
    .fetch_one(pool)
    .await
}

/// Rooms with keys that are to end, oldest months first, but for some. A probe of an index for each room that keeps messages for a
/// time.
pub(super) async fn keys(
    pool: &PgPool,
    holds: &[Kept],
    besides: &[Uuid],
    now: OffsetDateTime,
) -> Result<Vec<Due>, sqlx::Error> {
    let (rooms, users) = unzipped(holds);
    sqlx::query_as(&format!(
        "select r.id, r.retain_days, k.keys from read.room r cross join lateral ( \
             select array( \
                 select k.name from keys.key k \
                 where k.wrapped is not null and k.labels[1] = 'content' and k.labels[3] = r.id::text \
                     and k.labels[4] < to_char($3 at time zone 'UTC' - make_interval(days => r.retain_days::int), 'YYYY-MM') \
                     and not {} \
                 order by k.labels[4], k.name limit $4) as keys \
         ) k where r.retain_days is not null and r.id <> all($6) and k.keys <> '{{}}' order by r.id limit $5",
        key_held(),
    ))
    .bind(rooms)
    .bind(users)
    .bind(now)
    .bind(KEYS)
    .bind(ROOMS)
    .bind(besides)
    .fetch_all(pool)
    .await
}

/// Whether nothing comes after these files.
pub(super) fn is_last(page: &[Old]) -> bool {
    i64::try_from(page.len()).is_ok_and(|count| count < MESSAGES)
}

/// The messages and the files of some.
fn pairs(besides: &[Old]) -> (Vec<Uuid>, Vec<Option<Uuid>>) {
    besides.iter().map(|old| (old.id, old.file_id)).unzip()
}

/// Files, but for some, that came into a room with messages from before `end`, and that its members still see by them.
pub(super) async fn files(
    pool: &PgPool,
    room: Uuid,
    holds: &[Kept],
    besides: &[Old],
    end: OffsetDateTime,
) -> Result<Vec<Old>, sqlx::Error> {
    let ((rooms, users), (messages, files)) = (unzipped(holds), pairs(besides));
    sqlx::query_as(&format!(
        "select m.id, m.room_id, m.author_id, m.sender_id, m.sent_at, f.id as file_id \
         from read.message m cross join unnest(m.files) f (id) \
         join read.file_permission p on p.file_id = f.id and p.grantee_id = m.room_id and m.id = any(p.ways) \
         join read.file there on there.id = f.id and not there.deleted \
         where m.room_id = $3 and m.files is not null and not m.sealed and m.status <> 'deleted' and m.sent_at < $4 \
             and not exists (select from unnest($6::uuid[], $7::uuid[]) b (message_id, file_id) \
                 where b.message_id = m.id and b.file_id = f.id) \
             and not {} \
         order by m.position limit $5",
        message_held(),
    ))
    .bind(rooms)
    .bind(users)
    .bind(room)
    .bind(end)
    .bind(MESSAGES)
    .bind(messages)
    .bind(files)
    .fetch_all(pool)
    .await
}

/// Files, but for some, whose words have ended although they have not: the read models did not know of them.
pub(super) async fn late_files(pool: &PgPool, holds: &[Kept], besides: &[Old]) -> Result<Vec<Old>, sqlx::Error> {
    let ((rooms, users), (messages, files)) = (unzipped(holds), pairs(besides));
    sqlx::query_as(&format!(
        "select m.id, m.room_id, m.author_id, m.sender_id, m.sent_at, m.file_id \
         from read.erasure e cross join lateral ({}) m \
         where e.finished is null and e.kind = 'messages' \
             and not exists (select from unnest($4::uuid[], $5::uuid[]) b (message_id, file_id) \
                 where b.message_id = m.id and b.file_id = m.file_id) \
             and not {} \
         order by m.position limit $3",
        erasures::late_files(),
        message_held(),
    ))
    .bind(rooms)
    .bind(users)
    .bind(MESSAGES)
    .bind(messages)
    .bind(files)
    .fetch_all(pool)
    .await
}

/// Messages of secret rooms, but for some, that are too old. A probe of an index for each room that keeps messages for a time: were it
/// left to the planner, all messages might be read.
pub(super) async fn secret_messages(
    pool: &PgPool,
    holds: &[Kept],
    besides: &[Uuid],
    now: OffsetDateTime,
) -> Result<Vec<Old>, sqlx::Error> {
    let (rooms, users) = unzipped(holds);
    sqlx::query_as(&format!(
        "select m.id, m.room_id, m.author_id, m.sender_id, m.sent_at, null::uuid as file_id \
         from read.room r cross join lateral ( \
             select m.* from read.message m \
             where m.room_id = r.id and m.sealed and m.status <> 'deleted' \
                 and m.sent_at < $3 - make_interval(days => r.retain_days::int) and not {} \
             order by m.position limit $4 \
         ) m where r.retain_days is not null and r.id <> all($5) order by m.position limit $4",
        message_held(),
    ))
    .bind(rooms)
    .bind(users)
    .bind(now)
    .bind(MESSAGES)
    .bind(besides)
    .fetch_all(pool)
    .await
}
