//! What an export is read from: pages of what is one's own, each by an index.

use api_kit::Timestamp;
use domain::id::UserId;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ExportError;
use crate::Queries;
use crate::messages::{opened, whispered_reactions};

/// Rows of a page: of messages, some 100 KiB mostly.
pub(super) const PAGE: i64 = 500;

/// A sign-in.
#[derive(Serialize)]
pub(super) struct Session {
    pub(super) id: Uuid,
    ip: Option<String>,
    user_agent: Option<String>,
    #[serde(serialize_with = "timestamp")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "timestamp")]
    expires_at: OffsetDateTime,
}

/// Somebody whom one blocks.
#[derive(Serialize)]
pub(super) struct Block {
    user_id: Uuid,
    #[serde(serialize_with = "timestamp")]
    blocked_at: OffsetDateTime,
    #[serde(skip)]
    pub(super) position: i64,
}

/// A room that one is in.
#[derive(Serialize)]
pub(super) struct Membership {
    pub(super) room_id: Uuid,
    name: Option<String>,
    #[serde(serialize_with = "timestamp")]
    joined_at: OffsetDateTime,
    /// Of each its id and its name.
    roles: Value,
    muted: bool,
    /// When that ends by itself.
    #[serde(serialize_with = "timestamps")]
    muted_until: Option<OffsetDateTime>,
    pinned: bool,
    read_position: Option<i64>,
}

/// A message of one's own. What was forwarded from somebody else says where it is from, not what it says.
#[derive(Serialize)]
pub(super) struct Message {
    id: Uuid,
    status: String,
    text: Option<String>,
    reply_to: Option<Uuid>,
    forwarded_from: Option<Value>,
    #[serde(serialize_with = "timestamp")]
    sent_at: OffsetDateTime,
    #[serde(serialize_with = "timestamps")]
    edited_at: Option<OffsetDateTime>,
    /// What it said before, oldest first.
    earlier: Option<Value>,
    #[serde(skip)]
    pub(super) ordinal: i64,
    /// Whether what it says is theirs, and not forwarded from somebody else.
    #[serde(skip)]
    own: bool,
    /// Whether its text is in the log alone, in the event at this position.
    #[serde(skip)]
    sealed: bool,
    #[serde(skip)]
    worded_position: i64,
}

/// One's reactions to a message.
#[derive(Serialize)]
pub(super) struct Reaction {
    pub(super) message_id: Uuid,
    emoji: Vec<String>,
}

pub(super) async fn settings(pool: &PgPool, user: UserId) -> Result<Option<Value>, sqlx::Error> {
    let row = sqlx::query_scalar!("select settings from read.settings where user_id = $1", user.0);
    Ok(row.fetch_optional(pool).await?.flatten())
}

/// Those that were not ended.
pub(super) async fn sessions(pool: &PgPool, user: UserId, after: Uuid) -> Result<Vec<Session>, sqlx::Error> {
    sqlx::query_as!(
        Session,
        r#"select id as "id!", ip, user_agent, created_at as "created_at!", expires_at as "expires_at!"
        from read.session where user_id = $1 and not ended and id > $2 order by id limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(pool)
    .await
}

/// Those who were blocked after a position.
pub(super) async fn blocked(pool: &PgPool, user: UserId, after: i64) -> Result<Vec<Block>, sqlx::Error> {
    sqlx::query_as!(
        Block,
        r#"select blocked_id as "user_id!", blocked_at as "blocked_at!", blocked_position as "position!"
        from read.block where user_id = $1 and present and blocked_position > $2 order by blocked_position limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(pool)
    .await
}

/// Those of rooms that are there, as they are at `now`.
pub(super) async fn memberships(
    pool: &PgPool,
    user: UserId,
    after: Uuid,
    now: OffsetDateTime,
) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as!(
        Membership,
        r#"select m.room_id as "room_id!", r.name as "name?", m.joined_at as "joined_at!",
            coalesce((
                select json_agg(json_build_object('id', d->>'id', 'name', d->>'name') order by d->>'id')
                from json_array_elements(r.roles) d where (d->>'id')::uuid = any(m.roles)), '[]') as "roles!: Value",
            (m.muted and (m.muted_until is null or m.muted_until > $4)) as "muted!",
            case when m.muted and m.muted_until > $4 then m.muted_until end as muted_until,
            m.pinned as "pinned!", g.position as "read_position?"
        from read.membership m
        join read.room r on r.id = m.room_id and not r.closed
        left join read.reading g on g.room_id = m.room_id and g.user_id = m.user_id
        where m.user_id = $1 and m.present and m.room_id > $2 order by m.room_id limit $3"#,
        user.0,
        after,
        PAGE,
        now,
    )
    .fetch_all(pool)
    .await
}

/// The first room after this one that has a message of theirs.
pub(super) async fn room_after(pool: &PgPool, user: UserId, room: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select room_id as "room_id!" from read.message
        where sender_id = $1 and type = 'message' and room_id > $2 order by room_id limit 1"#,
        user.0,
        room,
    )
    .fetch_optional(pool)
    .await
}

pub(super) async fn messages(
    queries: &Queries,
    user: UserId,
    room: Uuid,
    after: i64,
) -> Result<Vec<Message>, ExportError> {
    let mut connection = queries.pool.acquire().await?;
    let mut messages = sqlx::query_as!(
        Message,
        r#"select m.id as "id!", case when there.gone then 'deleted' else m.status end as "status!", case when own.words then m.text end as "text?", m.reply_to,
            m.forwarded_from as "forwarded_from?: Value", m.sent_at as "sent_at!", m.edited_at, m.ordinal as "ordinal!",
            own.words as "own!", (m.sealed and m.status <> 'deleted' and not there.gone) as "sealed!",
            m.worded_position as "worded_position!",
            case when own.words then (
                select json_agg(json_build_object('text', v.text, 'position', v.position) order by v.version)
                from read.message_version v where v.message_id = m.id) end as "earlier?: Value"
        from read.message m
        cross join lateral (
            select m.erased or exists (select from keys.erased k where k.user_id = m.author_id)
                or exists (select from projection.hidden h where h.room_id = m.room_id and h.user_id = m.author_id
                    and m.sent_at >= h.since and m.sent_at < h.before) as gone
        ) there
        cross join lateral (select m.status <> 'deleted' and not there.gone
            and (m.forwarded_from is null or m.forwarded_from->>'sender_id' = m.sender_id::text) as words) own
        where m.sender_id = $1 and m.type = 'message' and m.room_id = $2 and m.ordinal > $3
        order by m.ordinal limit $4"#,
        user.0,
        room,
        after,
        PAGE,
    )
    .fetch_all(&mut *connection)
    .await?;
    let sealed: Vec<_> = messages.iter().filter(|row| row.sealed).map(|row| row.worded_position).collect();
    let mut opened = opened(&mut connection, queries.store.keyring(), &sealed).await?;
    for message in messages.iter_mut().filter(|message| message.sealed) {
        match opened.remove(&message.worded_position) {
            Some(content) => message.text = message.own.then_some(content.text),
            None => "deleted".clone_into(&mut message.status),
        }
    }
    Ok(messages)
}

pub(super) async fn reactions(pool: &PgPool, user: UserId, after: Uuid) -> Result<Vec<Reaction>, sqlx::Error> {
    sqlx::query_as!(
        Reaction,
        r#"select message_id as "message_id!", emoji as "emoji!" from read.reaction
        where user_id = $1 and emoji <> '{}' and message_id > $2 order by message_id limit $3"#,
        user.0,
        after,
        PAGE,
    )
    .fetch_all(pool)
    .await
}

/// Reactions to messages of secret rooms after one, `(room, position)`, which the log alone has; and the last message that was
/// looked at, if there was one.
pub(super) async fn whispered(
    queries: &Queries,
    user: UserId,
    after: (Uuid, i64),
) -> Result<(Vec<Reaction>, Option<(Uuid, i64)>), ExportError> {
    let mut connection = queries.pool.acquire().await?;
    let messages = sqlx::query!(
        r#"select m.id as "id!", m.room_id as "room_id!", m.position as "position!"
        from read.membership p
        cross join lateral (
            select * from read.message m
            where m.room_id = p.room_id and m.sealed and m.status <> 'deleted' and (m.room_id, m.position) > ($2, $3)
            order by m.position limit $4
        ) m
        where p.user_id = $1 and p.present order by m.room_id, m.position limit $4"#,
        user.0,
        after.0,
        after.1,
        PAGE,
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
    let mut shown = whispered_reactions(&mut connection, queries.store.keyring(), &ids, user).await?;
    let own = ids.into_iter().filter_map(|id| {
        let mine = shown.remove(&id)?.into_iter().filter(|reaction| reaction.mine);
        let emoji: Vec<String> = mine.map(|reaction| reaction.emoji).collect();
        (!emoji.is_empty()).then_some(Reaction { message_id: id, emoji })
    });
    Ok((own.collect(), messages.last().map(|last| (last.room_id, last.position))))
}

pub(super) fn timestamp<S: serde::Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    Timestamp::from(*time).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde hands over references")]
pub(super) fn timestamps<S: serde::Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(Timestamp::from).serialize(serializer)
}
