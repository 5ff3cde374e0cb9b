//! Who is banned from a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start, Timestamp};
use axum::extract::State;
use domain::id::RoomId;
use domain::permission::Permission;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::slice::{Slice, cut};

/// Somebody's ban from a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ban {
    /// Who is kept out.
    user_id: Uuid,
    /// Null once the account is erased, and where the directory of the instance does not show them: whoever was a member is
    /// shown.
    display_name: Option<String>,
    /// Null where none was given, and once it is erased or older than the room keeps what is written there.
    reason: Option<String>,
    /// When it ends by itself; null where it does not.
    until: Option<Timestamp>,
    /// Who keeps them out.
    banned_by: Uuid,
    /// Since when.
    banned_at: Timestamp,
}

struct Row {
    user_id: Uuid,
    display_name: Option<String>,
    reason: Option<String>,
    until: Option<OffsetDateTime>,
    banned_by: Uuid,
    banned_at: OffsetDateTime,
    banned_position: i64,
}

/// Who is banned from a room, in the order of the bans. Needs `ban_members`.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/bans",
    operation_id = "ListBans",
    tag = "bans",
    params(("room" = Uuid, Path, description = "The room"), PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Ban>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    page: Page<i64>,
) -> Result<Answer<Items<Ban>>, Problem> {
    let (mut view, place) = queries.among_people_in(&asker, Some(room)).await?;
    place.require(Permission::BanMembers)?;
    let slice = Slice::of(&page, Start::First, 0, i64::MAX);
    let now = view.now;
    let rows = sqlx::query_as!(
        Row,
        r#"select m.user_id as "user_id!", case when k.user_id is null then a.display_name end as "display_name?",
            case when not exists (select from keys.erased k where k.user_id = m.banned_by)
                and not exists (select from projection.hidden h where h.room_id = m.room_id and h.user_id = m.banned_by
                    and m.banned_at >= h.since and m.banned_at < h.before) then m.ban_reason end as reason,
            m.banned_until as until, m.banned_by as "banned_by!", m.banned_at as "banned_at!",
            m.banned_position as "banned_position!"
        from (
            (select * from read.membership m where m.room_id = $1 and m.banned_position < $2
                and (m.banned_until is null or m.banned_until > $6) order by m.banned_position desc limit $3)
            union all
            (select * from read.membership m where m.room_id = $1 and m.banned_position > $4
                and (m.banned_until is null or m.banned_until > $6) order by m.banned_position limit $5)
        ) m
        left join read.account a on a.id = m.user_id
        left join keys.erased k on k.user_id = a.id
        order by m.banned_position"#,
        room.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
        now,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.banned_position);
    let seen = view.seen(&items.iter().map(|row| row.user_id).collect::<Vec<_>>()).await?;
    let items = items.into_iter().map(|row| Ban {
        user_id: row.user_id,
        display_name: row.display_name.filter(|_| seen.contains(&row.user_id)),
        reason: row.reason,
        until: row.until.map(Into::into),
        banned_by: row.banned_by,
        banned_at: row.banned_at.into(),
    });
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
