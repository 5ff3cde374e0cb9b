//! One member of a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use domain::id::{RoomId, UserId};

use super::list_members::{Member, Row};
use crate::Queries;
use crate::asker::Asker;

/// A member of a room that one is a member of.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/members/{user}",
    operation_id = "GetMember",
    tag = "members",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "The member"),
        QueryHeaders
    ),
    responses((status = 200, body = Member), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, user)): Path<(RoomId, UserId)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<Member>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let row = sqlx::query_as!(
        Row,
        r#"select m.user_id as "user_id!", case when k.user_id is null then a.display_name end as "display_name?",
            m.roles as "roles!", m.joined_at as "joined_at!", m.joined_position as "joined_position!", m.version as "version!"
        from read.membership m
        left join read.account a on a.id = m.user_id
        left join keys.erased k on k.user_id = a.id
        where m.room_id = $1 and m.user_id = $2 and m.present"#,
        room.0,
        user.0,
    )
    .fetch_optional(view.connection())
    .await?;
    let member = row.ok_or(Problem::NotFound)?.member(&place);
    Ok(view.answer_of(member.version, member))
}
