//! Who is in a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start, Timestamp};
use axum::extract::State;
use domain::id::RoomId;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::place::Place;
use crate::slice::{Slice, cut};

/// A member of a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct Member {
    /// Who.
    user_id: Uuid,
    /// Null once the account is erased.
    display_name: Option<String>,
    /// Ids of their roles.
    roles: Vec<Uuid>,
    /// When they came in last.
    joined_at: Timestamp,
    /// Counts the changes of the membership.
    pub(super) version: i64,
}

/// A member as the read models have them.
pub(crate) struct Row {
    pub(crate) user_id: Uuid,
    pub(crate) display_name: Option<String>,
    pub(crate) roles: Vec<Uuid>,
    pub(crate) joined_at: OffsetDateTime,
    pub(crate) joined_position: i64,
    pub(crate) version: i64,
}

/// The members of a room, in the order of their joining.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/members",
    operation_id = "ListMembers",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Member>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    page: Page<i64>,
) -> Result<Answer<Items<Member>>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let slice = Slice::of(&page, Start::First, 0, i64::MAX);
    let rows = sqlx::query_as!(
        Row,
        r#"select m.user_id as "user_id!", case when k.user_id is null then a.display_name end as "display_name?",
            m.roles as "roles!", m.joined_at as "joined_at!", m.joined_position as "joined_position!", m.version as "version!"
        from (
            (select * from read.membership m where m.room_id = $1 and m.present and m.joined_position < $2
                order by m.joined_position desc limit $3)
            union all
            (select * from read.membership m where m.room_id = $1 and m.present and m.joined_position > $4
                order by m.joined_position limit $5)
        ) m
        left join read.account a on a.id = m.user_id
        left join keys.erased k on k.user_id = a.id
        order by m.joined_position"#,
        room.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.joined_position);
    let items = items.into_iter().map(|row| row.member(&place));
    Ok(view.answer(Items { items: items.collect(), before, after }))
}

impl Row {
    /// With the roles that the room has.
    pub(super) fn member(self, place: &Place) -> Member {
        let roles = place.defined(&self.roles);
        Self { roles, ..self }.defined()
    }

    /// Whose roles are those that the room has.
    pub(crate) fn defined(self) -> Member {
        Member {
            user_id: self.user_id,
            display_name: self.display_name,
            roles: self.roles,
            joined_at: self.joined_at.into(),
            version: self.version,
        }
    }
}
