//! Whom one blocks.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Problem, Start, Timestamp};
use axum::extract::State;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::slice::{Slice, cut};

/// Somebody whom one blocks.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockedPerson {
    /// Who.
    user_id: Uuid,
    /// Null once the account is erased, and where the directory of the instance does not show them.
    display_name: Option<String>,
    /// Since when.
    blocked_at: Timestamp,
}

/// Somebody who is blocked, as the read models have them.
pub(crate) struct Row {
    pub(crate) blocked_id: Uuid,
    pub(crate) display_name: Option<String>,
    pub(crate) blocked_at: OffsetDateTime,
    pub(crate) blocked_position: i64,
}

impl Row {
    /// As it is shown to who blocks them, with a name if they see them.
    pub(crate) fn shown(self, sees: impl FnOnce(Uuid) -> bool) -> BlockedPerson {
        let display_name = self.display_name.filter(|_| sees(self.blocked_id));
        BlockedPerson { user_id: self.blocked_id, display_name, blocked_at: self.blocked_at.into() }
    }
}

/// Whom one blocks, in the order of blocking.
#[utoipa::path(
    get,
    path = "/v1/users/me/blocks",
    operation_id = "ListBlocks",
    tag = "accounts",
    params(PageParameters, QueryHeaders),
    responses((status = 200, body = Items<BlockedPerson>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<i64>,
) -> Result<Answer<Items<BlockedPerson>>, Problem> {
    let mut view = queries.among_people(&asker).await?;
    let user = view.caller.user;
    let slice = Slice::of(&page, Start::First, 0, i64::MAX);
    let rows = sqlx::query_as!(
        Row,
        r#"select b.blocked_id as "blocked_id!", case when k.user_id is null then a.display_name end as "display_name?", b.blocked_at as "blocked_at!",
            b.blocked_position as "blocked_position!"
        from (
            (select * from read.block b where b.user_id = $1 and b.present and b.blocked_position < $2
                order by b.blocked_position desc limit $3)
            union all
            (select * from read.block b where b.user_id = $1 and b.present and b.blocked_position > $4
                order by b.blocked_position limit $5)
        ) b
        left join read.account a on a.id = b.blocked_id
        left join keys.erased k on k.user_id = a.id
        order by b.blocked_position"#,
        user.0,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.blocked_position);
    let seen = view.seen(&items.iter().map(|row| row.blocked_id).collect::<Vec<_>>()).await?;
    let items = items.into_iter().map(|row| row.shown(|user| seen.contains(&user)));
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
