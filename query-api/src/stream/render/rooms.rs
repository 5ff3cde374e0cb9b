//! Who is in rooms, how they keep them, and how far they have read.

use std::collections::{BTreeMap, HashMap};

use api_kit::{Problem, shape};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::for_nobody;
use crate::asking::View;
use crate::invites::list_invites::{self, Invite};
use crate::place::mute;
use crate::rooms::list_members;
use crate::stream::about::{About, Noted};
use crate::stream::seat::Pair;

/// Most messages, from the newest back, whose authors are told that somebody has read them.
const MOST_READ: i64 = 1000;

/// That somebody has read on.
pub(super) struct Reading {
    pub(super) data: Value,
    /// Each step: the position of its event, from where, and up to where.
    pub(super) steps: Vec<(i64, i64, i64)>,
    /// The reader, and whose messages they have read.
    pub(super) users: Vec<Uuid>,
}

/// Members as others see them; of who is none any more, nothing.
pub(super) async fn members(view: &mut View, pairs: &[Pair]) -> Result<HashMap<Pair, Value>, Problem> {
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let (rooms, users): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select m.room_id as "room_id!", m.user_id as "user_id!",
            case when k.user_id is null then a.display_name end as "display_name?",
            array(select role.id from unnest(m.roles) with ordinality as role (id, place)
                where exists (select from json_array_elements(r.roles) d where (d->>'id')::uuid = role.id)
                order by role.place) as "roles!",
            m.joined_at as "joined_at!", m.joined_position as "joined_position!", m.version as "version!"
        from unnest($1::uuid[], $2::uuid[]) as wanted (room_id, user_id)
        join read.membership m on m.room_id = wanted.room_id and m.user_id = wanted.user_id and m.present
        join read.room r on r.id = m.room_id
        left join read.account a on a.id = m.user_id
        left join keys.erased k on k.user_id = a.id"#,
        &rooms,
        &users,
    )
    .fetch_all(view.connection())
    .await?;
    let mut members = HashMap::with_capacity(rows.len());
    for row in rows {
        let member = list_members::Row {
            user_id: row.user_id,
            display_name: row.display_name,
            roles: row.roles,
            joined_at: row.joined_at,
            joined_position: row.joined_position,
            version: row.version,
        };
        members.insert((row.room_id, row.user_id), for_nobody(member.defined())?);
    }
    Ok(members)
}

struct MembershipRow {
    room_id: Uuid,
    user_id: Uuid,
    roles: Vec<Uuid>,
    joined_at: OffsetDateTime,
    muted: bool,
    muted_until: Option<OffsetDateTime>,
    pinned: bool,
    version: i64,
}

/// Memberships as their owners see them.
pub(super) async fn memberships(view: &mut View, pairs: &[Pair]) -> Result<HashMap<Pair, Value>, Problem> {
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let (rooms, users): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows = sqlx::query_as!(
        MembershipRow,
        r#"select m.room_id as "room_id!", m.user_id as "user_id!",
            array(select role.id from unnest(m.roles) with ordinality as role (id, place)
                where exists (select from json_array_elements(r.roles) d where (d->>'id')::uuid = role.id)
                order by role.place) as "roles!",
            m.joined_at as "joined_at!", m.muted as "muted!", m.muted_until, m.pinned as "pinned!", m.version as "version!"
        from unnest($1::uuid[], $2::uuid[]) as wanted (room_id, user_id)
        join read.membership m on m.room_id = wanted.room_id and m.user_id = wanted.user_id and m.present
        join read.room r on r.id = m.room_id"#,
        &rooms,
        &users,
    )
    .fetch_all(view.connection())
    .await?;
    let now = view.now;
    rows.into_iter().map(|row| Ok(((row.room_id, row.user_id), for_nobody(row.shown(now))?))).collect()
}

impl MembershipRow {
    fn shown(self, now: OffsetDateTime) -> shape::Membership {
        let mute = mute(self.muted, self.muted_until, now);
        shape::Membership {
            room_id: self.room_id,
            user_id: self.user_id,
            roles: self.roles,
            joined_at: self.joined_at.into(),
            is_muted: mute.is_some(),
            muted_until: mute.and_then(|mute| mute.until).map(Into::into),
            is_pinned: self.pinned,
            version: self.version,
        }
    }
}

/// Invites; one that cannot be used any more has its uses, and that it is revoked.
pub(super) async fn invites(view: &mut View, ids: &[Uuid]) -> Result<HashMap<Uuid, Value>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select i.id as "id!", i.created_by as "created_by!", i.created_at as "created_at!", i.position as "position!",
            i.max_uses, i.uses as "uses!", i.expires_at, i.revoked as "revoked!"
        from read.invite i where i.id = any($1)"#,
        ids,
    )
    .fetch_all(view.connection())
    .await?;
    let mut invites = HashMap::with_capacity(rows.len());
    for row in rows {
        let spent = row.revoked || row.max_uses.is_some_and(|most| row.uses >= most);
        let invite = Invite::from(list_invites::Row {
            id: row.id,
            created_by: row.created_by,
            created_at: row.created_at,
            position: row.position,
            max_uses: row.max_uses,
            uses: row.uses,
            expires_at: row.expires_at,
        });
        let mut data = for_nobody(invite)?;
        if spent {
            data = json!({"code": data["code"]});
        }
        invites.insert(row.id, data);
    }
    Ok(invites)
}

/// What these people chose for these messages; of who is erased, nothing.
pub(super) async fn reactions(
    view: &mut View,
    pairs: &[(Uuid, Uuid)],
) -> Result<HashMap<(Uuid, Uuid), Vec<String>>, Problem> {
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let (messages, users): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select r.message_id as "message_id!", r.user_id as "user_id!", r.emoji as "emoji!"
        from unnest($1::uuid[], $2::uuid[]) as wanted (message_id, user_id)
        join read.reaction r on r.message_id = wanted.message_id and r.user_id = wanted.user_id
        where not exists (select from keys.erased k where k.user_id = r.user_id)"#,
        &messages,
        &users,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.message_id, row.user_id), row.emoji)).collect())
}

/// How people have read on with these events, all of somebody's in a room as one.
pub(super) async fn readings(view: &mut View, events: &[Noted]) -> Result<HashMap<Pair, Reading>, Problem> {
    let mut told = BTreeMap::<Pair, (i64, i64)>::new();
    let mut steps = HashMap::<Pair, Vec<(i64, i64)>>::new();
    for event in events {
        if let About::Reading { room, user, to, sequence } = event.about {
            told.entry((room, user)).or_insert((sequence, to)).1 = to;
            steps.entry((room, user)).or_default().push((event.position, to));
        }
    }
    if told.is_empty() {
        return Ok(HashMap::new());
    }
    let (rooms, users): (Vec<Uuid>, Vec<Uuid>) = told.keys().copied().unzip();
    let (sequences, positions): (Vec<i64>, Vec<i64>) = told.values().copied().unzip();
    let rows = sqlx::query!(
        r#"select w.room_id as "room_id!", w.user_id as "user_id!", w.position as "position!",
            coalesce(before.position, 0) as "from!", coalesce(authors.ids, array[]::uuid[]) as "authors!",
            case when k.user_id is null then a.display_name end as "display_name?"
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) as w (room_id, user_id, sequence, position)
        left join lateral (
            select (e.payload->>'position')::bigint as position from log.events e
            where e.aggregate_type = 'reading' and e.aggregate_id = w.room_id::text || ':' || w.user_id::text
                and e.sequence = w.sequence - 1
        ) before on true
        cross join lateral (
            select array_agg(distinct n.sender_id) as ids from (
                select n.sender_id from read.message n
                where n.room_id = w.room_id and n.position > coalesce(before.position, 0) and n.position <= w.position
                order by n.position desc limit $5
            ) n
        ) authors
        left join read.account a on a.id = w.user_id
        left join keys.erased k on k.user_id = a.id"#,
        &rooms,
        &users,
        &sequences,
        &positions,
        MOST_READ,
    )
    .fetch_all(view.connection())
    .await?;
    let readings = rows.into_iter().map(|row| {
        let data = json!({"user_id": row.user_id, "display_name": row.display_name, "read_position": row.position});
        let mut people: Vec<Uuid> = row.authors;
        people.retain(|author| *author != row.user_id);
        people.push(row.user_id);
        let pair = (row.room_id, row.user_id);
        let mut from = row.from;
        let steps = steps.get(&pair).into_iter().flatten();
        let steps = steps.map(|(position, to)| (*position, std::mem::replace(&mut from, *to), *to));
        (pair, Reading { data, steps: steps.collect(), users: people })
    });
    Ok(readings.collect())
}
