//! Members by their names, for the write edge: `docs/adr/0033-mentions.md`.

use std::collections::BTreeMap;

use api_kit::names::{Finding, Names};
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use crate::Progress;
use crate::asking::PATIENCE;

/// Most leaps of one look-up, all names together. Of a name that more accounts have than that, in a room that more people
/// were ever in, members may not be found whose accounts are younger than those of all these.
const LEAPS: i64 = 10_000;

/// Finds members by their names.
#[derive(Clone, Debug)]
pub struct MemberNames {
    pool: PgPool,
    progress: Progress,
}

/// What one snapshot tells: a member of a name, or none; how far the read models are, and how far the log is.
struct Row {
    position: i64,
    head: i64,
    name: Option<String>,
    id: Option<Uuid>,
}

impl MemberNames {
    /// Over a pool whose role may read schemas `read` and `log`; `progress` hears how far the read models are.
    pub fn new(pool: PgPool, progress: Progress) -> Self {
        Self { pool, progress }
    }

    /// Waits for the read models to see what the log holds when they are first asked, as long as a query does.
    async fn find(&self, room: Uuid, names: &[String]) -> Result<BTreeMap<String, Uuid>, sqlx::Error> {
        let (deadline, mut ears, mut known) = (Instant::now() + PATIENCE, self.progress.ears(), None);
        loop {
            let rows = self.look(room, names).await?;
            let (position, head) = rows.first().map_or((0, 0), |seen| (seen.position, seen.head));
            let head = *known.get_or_insert(head);
            if position >= head || Instant::now() >= deadline {
                return Ok(rows.into_iter().filter_map(|row| row.name.zip(row.id)).collect());
            }
            ears.hear_of(head, deadline).await;
        }
    }

    /// Of several members of one name, the one whose account is oldest.
    ///
    /// Two ordered lists are walked at once, the accounts of a name and who is or was in the room: a leap goes from an account
    /// to the next member, and from there to the next account of that name. So it costs what the shorter of them does,
    /// whether few have the name or few are in the room. By name and id together, since an index by ids alone looks as good
    /// to a planner that takes every name for a common one.
    async fn look(&self, room: Uuid, names: &[String]) -> Result<Vec<Row>, sqlx::Error> {
        let found = sqlx::query_as!(
            Row,
            r#"with recursive leap (name, account, member) as (
                select w.name, a.id, m.user_id
                from unnest($2::text[]) as w (name)
                cross join lateral (
                    select n.id, lower(n.display_name) as name from read.account n
                    where lower(n.display_name) >= lower(w.name)
                    order by lower(n.display_name), n.id limit 1) a
                cross join lateral (
                    select n.user_id from read.membership n
                    where n.room_id = $1 and n.user_id >= a.id and (n.user_id > a.id or n.present
                        and not exists (select from keys.erased k where k.user_id = a.id))
                    order by n.user_id limit 1) m
                where a.name = lower(w.name)
                union all
                select l.name, a.id, m.user_id
                from leap l
                cross join lateral (
                    select n.id, lower(n.display_name) as name from read.account n
                    where (lower(n.display_name), n.id) >= (lower(l.name), l.member)
                    order by lower(n.display_name), n.id limit 1) a
                cross join lateral (
                    select n.user_id from read.membership n
                    where n.room_id = $1 and n.user_id >= a.id and (n.user_id > a.id or n.present
                        and not exists (select from keys.erased k where k.user_id = a.id))
                    order by n.user_id limit 1) m
                where l.member <> l.account and a.name = lower(l.name)
            )
            select c.position as "position!", h.position as "head!", l.name as "name?", l.member as "id?"
            from read.checkpoint c cross join log.head h
            left join (select * from leap limit $3) l on l.member = l.account"#,
            room,
            names,
            LEAPS,
        );
        found.fetch_all(&self.pool).await
    }
}

impl Names for MemberNames {
    fn members(&self, room: Uuid, names: Vec<String>) -> Finding<'_> {
        Box::pin(async move { self.find(room, &names).await })
    }
}
