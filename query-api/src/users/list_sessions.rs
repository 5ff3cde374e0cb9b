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
    /// When it last asked for something, did something or was heard of on its stream, to within a minute; until that was
    /// observed, when it signed in.
    last_seen_at: Timestamp,
    /// When it ends by itself.
    expires_at: Timestamp,
    /// Whether this request belongs to it.
    current: bool,
}

/// A session as the read models have it.
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) seen_at: Option<OffsetDateTime>,
}

impl Row {
    /// As its owner sees it; `now`, if it is the one that asks.
    pub(crate) fn session(self, asks: Option<OffsetDateTime>) -> Session {
        Session {
            id: self.id,
            ip: self.ip,
            user_agent: self.user_agent.filter(|agent| !agent.is_empty()),
            created_at: self.created_at.into(),
            last_seen_at: asks.or(self.seen_at).unwrap_or(self.created_at).into(),
            expires_at: self.expires_at.into(),
            current: asks.is_some(),
        }
    }
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
        let asks = (current == Some(row.id)).then_some(now);
        row.session(asks)
    });
    Ok(view.answer(Items { items: items.collect(), before, after }))
}
