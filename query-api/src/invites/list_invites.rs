//! The invites to a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Path, Problem, Start, Timestamp};
use axum::extract::State;
use domain::id::{InviteCode, RoomId};
use domain::permission::Permission;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::slice::{Slice, cut};

/// An invite to a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invite {
    /// Whoever has it may come in.
    #[schema(value_type = String, example = "q83vASNFZ4mrze8BI0VniQ")]
    code: InviteCode,
    /// Who made it: it is good while they may invite.
    created_by: Uuid,
    /// When.
    created_at: Timestamp,
    /// How many may come in by it; null for as many as like.
    max_uses: Option<i64>,
    /// How many came in by it.
    uses: i64,
    /// When it ends by itself; null where it does not.
    expires_at: Option<Timestamp>,
}

/// An invite as the read models have it.
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) position: i64,
    pub(crate) max_uses: Option<i64>,
    pub(crate) uses: i64,
    pub(crate) expires_at: Option<OffsetDateTime>,
}

impl From<Row> for Invite {
    fn from(row: Row) -> Self {
        Self {
            code: InviteCode(row.id),
            created_by: row.created_by,
            created_at: row.created_at.into(),
            max_uses: row.max_uses,
            uses: row.uses,
            expires_at: row.expires_at.map(Into::into),
        }
    }
}

/// The invites to a room that are neither used up, expired nor revoked, in the order of their making. Needs
/// `invite_members`.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/invites",
    operation_id = "ListInvites",
    tag = "invites",
    params(("room" = Uuid, Path, description = "The room"), PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Invite>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(room): Path<RoomId>,
    page: Page<i64>,
) -> Result<Answer<Items<Invite>>, Problem> {
    let (mut view, place) = queries.at(&asker, room).await?;
    place.require(Permission::InviteMembers)?;
    let slice = Slice::of(&page, Start::First, 0, i64::MAX);
    let now = view.now;
    let rows = sqlx::query_as!(
        Row,
        r#"select i.id as "id!", i.created_by as "created_by!", i.created_at as "created_at!", i.position as "position!",
            i.max_uses, i.uses as "uses!", i.expires_at
        from (
            (select * from read.invite i where i.room_id = $1 and i.position < $2
                and not i.revoked and (i.max_uses is null or i.uses < i.max_uses)
                and (i.expires_at is null or i.expires_at > $6) order by i.position desc limit $3)
            union all
            (select * from read.invite i where i.room_id = $1 and i.position > $4
                and not i.revoked and (i.max_uses is null or i.uses < i.max_uses)
                and (i.expires_at is null or i.expires_at > $6) order by i.position limit $5)
        ) i
        order by i.position"#,
        room.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
        now,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.position);
    let items = items.into_iter().map(Invite::from);
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
