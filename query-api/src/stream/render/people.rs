//! People, and what is theirs alone.

use std::collections::HashMap;

use api_kit::Problem;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::for_nobody;
use crate::asking::View;
use crate::users::Account;
use crate::users::{list_blocks, list_sessions};

/// Accounts as their owners and others see them.
pub(super) type Accounts = HashMap<Uuid, (Value, Value)>;

pub(super) async fn accounts(view: &mut View, ids: &[Uuid]) -> Result<Accounts, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let own = Account::these(view.connection(), ids).await?;
    let others = Account::these(view.connection(), ids).await?;
    let now = view.now;
    let shown = own.into_iter().zip(others).map(|(own, other)| {
        let other = other.seen_by(false, now);
        Ok((other.id, (for_nobody(own.seen_by_owner())?, for_nobody(other)?)))
    });
    shown.collect()
}

/// The rooms that these people are in; of who is erased, besides, those that they had written in, forwarded or not.
pub(super) async fn rooms_of(
    view: &mut View,
    users: &[Uuid],
    erased: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Uuid>>, Problem> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select m.user_id as "user_id!", m.room_id as "room_id!" from read.membership m
        where m.user_id = any($1) and m.present
        union
        select m.sender_id, m.room_id from read.message m where m.sender_id = any($2) and m.type = 'message'
        union
        select m.author_id, m.room_id from read.message m
        where m.author_id = any($2) and m.author_id <> m.sender_id and m.type = 'message'"#,
        users,
        erased,
    )
    .fetch_all(view.connection())
    .await?;
    let mut rooms = HashMap::<_, Vec<_>>::new();
    for row in rows {
        rooms.entry(row.user_id).or_default().push(row.room_id);
    }
    Ok(rooms)
}

pub(super) async fn settings(view: &mut View, users: &[Uuid]) -> Result<HashMap<Uuid, Value>, Problem> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows =
        sqlx::query!(r#"select user_id as "user_id!", settings from read.settings where user_id = any($1)"#, users,)
            .fetch_all(view.connection())
            .await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.settings.unwrap_or_else(|| json!({})))).collect())
}

struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    ended: bool,
}

/// Whose sessions these are, and what they look like; of one that is over, the id.
pub(super) async fn sessions(view: &mut View, ids: &[Uuid]) -> Result<HashMap<Uuid, (Uuid, Value)>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query_as!(
        SessionRow,
        r#"select id as "id!", user_id as "user_id!", ip, user_agent, created_at as "created_at!",
            expires_at as "expires_at!", ended as "ended!"
        from read.session where id = any($1)"#,
        ids,
    )
    .fetch_all(view.connection())
    .await?;
    rows.into_iter().map(SessionRow::shown).collect()
}

/// The sessions of these people that are alive, newest first.
pub(super) async fn sessions_of(view: &mut View, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<Value>>, Problem> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query_as!(
        SessionRow,
        r#"select s.id as "id!", s.user_id as "user_id!", s.ip, s.user_agent, s.created_at as "created_at!",
            s.expires_at as "expires_at!", s.ended as "ended!"
        from read.session s join read.account a on a.id = s.user_id
        where s.user_id = any($1) and not s.ended and s.expires_at > $2
            and (s.generation = a.generation or s.id = a.kept_session)
        order by s.id desc"#,
        users,
        view.now,
    )
    .fetch_all(view.connection())
    .await?;
    let mut sessions: HashMap<Uuid, Vec<Value>> = users.iter().map(|user| (*user, vec![])).collect();
    for row in rows {
        let (_, (user, session)) = row.shown()?;
        sessions.entry(user).or_default().push(session);
    }
    Ok(sessions)
}

impl SessionRow {
    fn shown(self) -> Result<(Uuid, (Uuid, Value)), Problem> {
        let Self { id, user_id, ip, user_agent, created_at, expires_at, ended } = self;
        if ended {
            return Ok((id, (user_id, json!({"id": id}))));
        }
        let row = list_sessions::Row { id, ip, user_agent, created_at, expires_at, seen_at: None };
        let mut data = for_nobody(row.session(None))?;
        // Which one it is differs by who looks.
        data.as_object_mut().and_then(|fields| fields.remove("current"));
        Ok((id, (user_id, data)))
    }
}

/// Who is blocked, by who blocks whom.
pub(super) async fn blocks(view: &mut View, pairs: &[(Uuid, Uuid)]) -> Result<HashMap<(Uuid, Uuid), Value>, Problem> {
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let seen = view.who_see(pairs).await?;
    let (users, others): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select b.user_id as "user_id!", b.blocked_id as "blocked_id!", b.blocked_at as "blocked_at!",
            b.blocked_position as "blocked_position!",
            case when k.user_id is null then a.display_name end as "display_name?"
        from unnest($1::uuid[], $2::uuid[]) as wanted (user_id, blocked_id)
        join read.block b on b.user_id = wanted.user_id and b.blocked_id = wanted.blocked_id and b.present
        left join read.account a on a.id = b.blocked_id
        left join keys.erased k on k.user_id = a.id"#,
        &users,
        &others,
    )
    .fetch_all(view.connection())
    .await?;
    let mut blocks = HashMap::with_capacity(rows.len());
    for row in rows {
        let blocked = list_blocks::Row {
            blocked_id: row.blocked_id,
            display_name: row.display_name,
            blocked_at: row.blocked_at,
            blocked_position: row.blocked_position,
        };
        let shown = blocked.shown(|other| seen.contains(&(row.user_id, other)));
        blocks.insert((row.user_id, row.blocked_id), for_nobody(shown)?);
    }
    Ok(blocks)
}
