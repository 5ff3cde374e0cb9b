//! Where one is signed in.

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

/// One's being signed in on one device.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Its id.
    id: Uuid,
    /// Address of the client that signed in.
    ip: Option<String>,
    /// What that client said it is.
    user_agent: Option<String>,
    /// When it signed in.
    created_at: Timestamp,
    /// When it last asked for something, to within a minute; null if that was not observed.
    last_seen_at: Option<Timestamp>,
    /// When it ends by itself.
    expires_at: Timestamp,
    /// Whether this request belongs to it.
    current: bool,
}

struct Row {
    id: Uuid,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    seen_at: Option<OffsetDateTime>,
}

/// One's own sessions that are alive, newest first.
#[utoipa::path(
    get,
    path = "/v1/sessions",
    operation_id = "ListSessions",
    tag = "accounts",
    params(PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Session>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<Uuid>,
) -> Result<Answer<Items<Session>>, Problem> {
    let mut view = queries.signed_in(&asker).await?;
    let caller = view.caller.clone();
    let now = queries.context.now();
    let slice = Slice::of(&page, Start::First, Uuid::max(), Uuid::nil());
    let rows = sqlx::query_as!(
        Row,
        r#"select s.id as "id!", s.ip, s.user_agent, s.created_at as "created_at!", s.expires_at as "expires_at!",
            o.seen_at as "seen_at?"
        from (
            (select * from read.session s
                where s.user_id = $1 and not s.ended and s.expires_at > $2 and (s.generation = $3 or s.id = $4)
                    and s.id > $5 order by s.id limit $6)
            union all
            (select * from read.session s
                where s.user_id = $1 and not s.ended and s.expires_at > $2 and (s.generation = $3 or s.id = $4)
                    and s.id < $7 order by s.id desc limit $8)
        ) s
        left join observed.session o on o.id = s.id
        order by s.id desc"#,
        caller.user.0,
        now,
        caller.generation,
        caller.kept_session,
        slice.before,
        slice.most_before,
        slice.after,
        slice.most_after,
    )
    .fetch_all(view.connection())
    .await?;
    let current = caller.session.map(|session| session.0);
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| row.id);
    let items = items.into_iter().map(|row| {
        let current = current == Some(row.id);
        Session {
            id: row.id,
            ip: row.ip,
            user_agent: row.user_agent,
            created_at: row.created_at.into(),
            last_seen_at: if current { Some(now) } else { row.seen_at }.map(Into::into),
            expires_at: row.expires_at.into(),
            current,
        }
    });
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
