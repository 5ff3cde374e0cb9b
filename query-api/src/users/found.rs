//! Finding people. Who is erased is not found from then on, however far read models are.

use uuid::Uuid;

use crate::asking::View;
use crate::slice::Slice;

/// Somebody's place in a list of people: their folded name, and their id.
pub(super) type Place = (String, Uuid);

/// Most members of one's rooms, summed, that are looked at one by one. Of those whom a name finds in larger rooms enough
/// are in the same room.
const FEW: i64 = 20_000;

/// Somebody who was found.
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) folded: String,
}

/// Who has this email, folded.
pub(super) async fn by_email(view: &mut View, email: &str) -> Result<Option<Found>, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"select a.id as "id!", a.folded as "folded!" from read.account a
            where a.email_folded = $1 and a.folded is not null
                and not exists (select from keys.erased k where k.user_id = a.id)"#,
        email
    )
    .fetch_optional(view.connection())
    .await
}

/// Whether somebody and the caller are in the same room.
pub(super) async fn shares_a_room(view: &mut View, user: Uuid) -> Result<bool, sqlx::Error> {
    let caller = view.caller.user.0;
    if caller == user {
        return Ok(true);
    }
    sqlx::query_scalar!(
        r#"select exists (
            select from read.membership mine
            join read.membership theirs on theirs.room_id = mine.room_id and theirs.user_id = $2 and theirs.present
            join read.room r on r.id = mine.room_id and not r.closed
            where mine.user_id = $1 and mine.present) as "shares!""#,
        caller,
        user,
    )
    .fetch_one(view.connection())
    .await
}

/// People whose folded names hold `part`: `everyone`, or those who share a room with the caller.
pub(super) async fn by_name(
    view: &mut View,
    part: &str,
    everyone: bool,
    slice: &Slice<Place>,
) -> Result<Vec<Found>, sqlx::Error> {
    if !everyone && members_are_few(view).await? {
        return among_members(view, part, slice).await;
    }
    walking(view, part, everyone, slice).await
}

/// Walks the names in order until enough are found: at worst all of them, in the index alone.
async fn walking(view: &mut View, part: &str, everyone: bool, slice: &Slice<Place>) -> Result<Vec<Found>, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"select id as "id!", folded as "folded!" from (
            (select a.id, a.folded from read.account a
                where strpos(a.folded, $1) > 0 and (a.folded, a.id) < ($2, $3)
                    and not exists (select from keys.erased k where k.user_id = a.id)
                    and ($4 or a.id = $5 or exists (
                        select from read.membership mine join read.membership theirs on theirs.room_id = mine.room_id
                        join read.room r on r.id = mine.room_id and not r.closed
                        where mine.user_id = $5 and mine.present and theirs.user_id = a.id and theirs.present))
                order by a.folded desc, a.id desc limit $6)
            union all
            (select a.id, a.folded from read.account a
                where strpos(a.folded, $1) > 0 and (a.folded, a.id) > ($7, $8)
                    and not exists (select from keys.erased k where k.user_id = a.id)
                    and ($4 or a.id = $5 or exists (
                        select from read.membership mine join read.membership theirs on theirs.room_id = mine.room_id
                        join read.room r on r.id = mine.room_id and not r.closed
                        where mine.user_id = $5 and mine.present and theirs.user_id = a.id and theirs.present))
                order by a.folded, a.id limit $9)
        ) found
        order by folded, id"#,
        part,
        slice.before.0,
        slice.before.1,
        everyone,
        view.caller.user.0,
        slice.most_before,
        slice.after.0,
        slice.after.1,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await
}

/// Looks at each member of the caller's rooms.
async fn among_members(view: &mut View, part: &str, slice: &Slice<Place>) -> Result<Vec<Found>, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"with person as materialized (
            select a.id, a.folded from (
                select theirs.user_id from read.membership mine
                join read.membership theirs on theirs.room_id = mine.room_id and theirs.present
                join read.room r on r.id = mine.room_id and not r.closed
                where mine.user_id = $1 and mine.present
                union select $1
            ) member
            cross join lateral (select a.id, a.folded from read.account a where a.id = member.user_id limit 1) a
            where strpos(a.folded, $2) > 0 and not exists (select from keys.erased k where k.user_id = a.id))
        select id as "id!", folded as "folded!" from (
            (select * from person where (folded, id) < ($3, $4) order by folded desc, id desc limit $5)
            union all
            (select * from person where (folded, id) > ($6, $7) order by folded, id limit $8)
        ) found
        order by folded, id"#,
        view.caller.user.0,
        part,
        slice.before.0,
        slice.before.1,
        slice.most_before,
        slice.after.0,
        slice.after.1,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await
}

async fn members_are_few(view: &mut View) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(a.member_count), 0) <= $2::bigint as "few!" from read.membership m
        join read.room_activity a on a.room_id = m.room_id where m.user_id = $1 and m.present"#,
        view.caller.user.0,
        // A sum of integers is a numeric.
        FEW,
    )
    .fetch_one(view.connection())
    .await
}
