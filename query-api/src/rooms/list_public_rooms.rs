//! Rooms that everyone may find.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Problem, Start, shape};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::details;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::{Interrupted, View};
use crate::pattern::containing;
use crate::slice::{Slice, cut};

/// What to find.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// A part of the name, without regard to case.
    q: Option<String>,
}

/// The public rooms, oldest first.
#[utoipa::path(
    get,
    path = "/v1/rooms/public",
    operation_id = "ListPublicRooms",
    tag = "rooms",
    params(Parameters, PageParameters, QueryHeaders),
    responses((status = 200, body = Items<shape::Room>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<Uuid, Parameters>,
) -> Result<Answer<Items<shape::Room>>, Problem> {
    let mut asking = queries.asking(&asker);
    loop {
        let (mut view, _) = asking.view(None).await?;
        match rooms(&mut view, &page).await {
            Ok(rooms) => return Ok(view.answer(rooms)),
            Err(interrupted) => {
                drop(view);
                asking.wait_out(interrupted).await?;
            }
        }
    }
}

async fn rooms(view: &mut View, page: &Page<Uuid, Parameters>) -> Result<Items<shape::Room>, Interrupted> {
    let pattern = page.query.q.as_deref().map(containing);
    let slice = Slice::of(page, Start::First, Uuid::nil(), Uuid::max());
    let ids = sqlx::query_scalar!(
        r#"select id as "id!"
        from (
            (select r.id from read.room r
                where r.visibility = 'public' and not r.closed and ($1::text is null or r.name ilike $1) and r.id < $2
                order by r.id desc limit $3)
            union all
            (select r.id from read.room r
                where r.visibility = 'public' and not r.closed and ($1::text is null or r.name ilike $1) and r.id > $4
                order by r.id limit $5)
        ) found
        order by id"#,
        pattern,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let Items { items, before, after } = cut(page, Start::First, ids, |id| *id);
    Ok(Items { items: details(view, &items).await?, before, after })
}
