//! What is unread, counted from running numbers: exact, and from a bounded number of rows, whatever was said, by whom, and
//! whatever became of it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::asking::View;

/// Most that is counted: from here on it is "many".
const MOST: i64 = 1000;

/// What others have said that one has not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages that stand.
    pub(super) messages: i64,
    /// Those of them that mention one, or everybody.
    pub(super) mentions: i64,
}

struct Row {
    room_id: Uuid,
    messages: i64,
    mentions: i64,
}

/// What the caller has not read of some rooms, each with the position up to which they have.
///
/// After the ordinal of the last message read there are as many messages as the newest one's is greater, and so it is
/// with one's own; the difference are others'. From these come off those that are deleted or erased: those within the same
/// lowest bucket are looked at, up to 127, and from there on buckets of `tally` are summed, up to 127 of each level for
/// everybody and for oneself. Mentions of everybody are summed the same way; of oneself, up to a thousand rows are counted.
/// In secret rooms read models do not know who is erased: of the other's own words none is left if they are, and what was
/// forwarded, which mentions nobody, is looked at one by one, up to a thousand.
///
/// `offset` and `limit` keep the planner from taking apart what is computed once, and from reading whole tables.
pub(super) async fn counts(view: &mut View, read: &[(Uuid, i64)]) -> Result<HashMap<Uuid, Counts>, sqlx::Error> {
    let (rooms, positions): (Vec<Uuid>, Vec<i64>) = read.iter().copied().unzip();
    let user = view.caller.user;
    let rows = sqlx::query_as!(
        Row,
        r#"select w.room_id as "room_id!",
            least(case when other.erased then forwarded.stand
                else others.count - coalesce(tallied.gone, 0) - forwarded.closed end, $4) as "messages!",
            case when other.erased then 0
                else least(coalesce(named.count, 0) + coalesce(tallied.mentioning_all, 0), $4) end as "mentions!"
        from unnest($1::uuid[], $2::bigint[]) as w (room_id, position)
        join read.room_activity a on a.room_id = w.room_id
        cross join lateral (
            select coalesce((
                select n.ordinal from read.message n where n.room_id = w.room_id and n.position <= w.position
                order by n.position desc limit 1), 0) as ordinal offset 0
        ) seen
        cross join lateral (
            select a.message_count - seen.ordinal - coalesce((
                select n.sender_ordinal from read.message n
                where n.sender_id = $3 and n.room_id = w.room_id and n.type = 'message'
                order by n.ordinal desc limit 1), 0) + coalesce((
                select n.sender_ordinal from read.message n
                where n.sender_id = $3 and n.room_id = w.room_id and n.type = 'message' and n.ordinal <= seen.ordinal
                order by n.ordinal desc limit 1), 0) as count offset 0
        ) others
        cross join lateral (
            select exists (
                select from (select r.id from read.room r where r.id = w.room_id and r.type = 'secret' offset 0) r
                cross join lateral (select n.user_id from read.sender n where n.room_id = r.id limit 2) n
                where n.user_id <> $3 and (select true from keys.erased k where k.user_id = n.user_id limit 1)
            ) as erased
        ) other
        cross join lateral (
            select count(*) filter (where n.closed) as closed, count(*) filter (where not n.closed) as stand
            from (
                select coalesce((select true from keys.erased k where k.user_id = n.author_id limit 1), false) as closed
                from read.message n
                where n.room_id = w.room_id and n.sealed and n.status <> 'deleted' and n.author_id <> n.sender_id
                    and n.position > w.position and n.sender_id <> $3
                order by n.position desc limit $4
            ) n
        ) forwarded
        left join lateral (
            select count(*) from (
                select from read.mention t
                where t.room_id = w.room_id and t.user_id = $3 and t.ordinal > seen.ordinal
                order by t.ordinal limit $4) t
        ) named on others.count > 0
        left join lateral (
            select (
                    select count(*) from read.message n
                    where n.room_id = w.room_id and (n.status = 'deleted' or n.erased) and n.sender_id <> $3
                        and n.ordinal > seen.ordinal and n.ordinal < ((seen.ordinal >> 7) + 1) << 7
                ) + coalesce(sum(t.count) filter (where t.kind = 'gone'), 0)::bigint as gone,
                (
                    select count(*) from read.mention t
                    where t.room_id = w.room_id and t.user_id = '00000000-0000-0000-0000-000000000000'
                        and t.sender_id <> $3
                        and t.ordinal > seen.ordinal and t.ordinal < ((seen.ordinal >> 7) + 1) << 7
                ) + coalesce(sum(t.count) filter (where t.kind = 'all'), 0)::bigint as mentioning_all
            from (
                select k.kind, t.count * case when s.sender_id = $3 then -1 else 1 end as count
                from (values ('gone'), ('all')) k (kind)
                cross join (values ('00000000-0000-0000-0000-000000000000'::uuid), ($3)) s (sender_id)
                cross join (values (1, 14), (2, 21), (3, 62)) l (level, above)
                cross join lateral (
                    select t.count from read.tally t
                    where t.room_id = w.room_id and t.sender_id = s.sender_id and t.kind = k.kind and t.level = l.level
                        and t.bucket > seen.ordinal >> (7 * l.level)
                        and t.bucket < ((seen.ordinal >> l.above) + 1) << (l.above - 7 * l.level)
                    order by t.bucket limit 10000
                ) t
            ) t
        ) tallied on others.count > 0
            and (
                select true from read.tally t where t.room_id = w.room_id
                order by t.sender_id, t.kind, t.level, t.bucket limit 1 -- in order, or the planner reads the whole table
            )"#,
        &rooms,
        &positions,
        user.0,
        MOST,
    )
    .fetch_all(view.connection())
    .await?;
    let counts = |row: &Row| Counts { messages: row.messages, mentions: row.mentions };
    Ok(rows.iter().map(|row| (row.room_id, counts(row))).collect())
}
