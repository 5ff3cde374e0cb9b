//! People, by their names.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Problem, Start, shape};
use axum::extract::State;
use concordance::fold_words;
use domain::text::folded_email;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::Account;
use super::found::{Place, by_email, by_name, shares_a_room};
use crate::Queries;
use crate::asker::Asker;
use crate::directory::Directory;
use crate::slice::{Slice, cut};

/// The name after all others.
const LAST: &str = "\u{10ffff}\u{10ffff}";

/// Whom to find.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// A part of their name, without regard to case and accents; or their whole email. Everyone, if it is left away.
    #[param(max_length = 254)]
    q: Option<String>,
}

/// People by name, as far as the directory of the instance shows them; administrators find everyone.
///
/// The directory shows everyone, or those with whom one shares a room, or nobody. Who finds somebody by their email must
/// know all of it.
#[utoipa::path(
    get,
    path = "/v1/users",
    operation_id = "ListUsers",
    tag = "accounts",
    params(Parameters, PageParameters, QueryHeaders),
    responses((status = 200, body = Items<shape::User>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<Place, Parameters>,
) -> Result<Answer<Items<shape::User>>, Problem> {
    let mut view = queries.among_people(&asker).await?;
    let everyone = view.sees_everyone();
    if !everyone && queries.directory == Directory::Nobody {
        return Ok(view.answer(Items { items: vec![], before: None, after: None }));
    }
    let q = page.query.q.as_deref().unwrap_or_default().trim();
    let found = if q.contains('@') { by_email(&mut view, &folded_email(q)).await? } else { None };
    let seen = match found {
        Some(found) if everyone || shares_a_room(&mut view, found.id).await? => Some(found),
        Some(_) | None => None,
    };
    let rows = if let Some(found) = seen {
        vec![found]
    } else {
        let slice = Slice::of(&page, Start::First, (String::new(), Uuid::nil()), (LAST.to_owned(), Uuid::max()));
        by_name(&mut view, &fold_words(q), everyone, &slice).await?
    };
    let Items { items, before, after } = cut(&page, Start::First, rows, |row| (row.folded.clone(), row.id));
    let ids: Vec<Uuid> = items.iter().map(|row| row.id).collect();
    let (is_admin, now) = (view.caller.is_admin, queries.context.now());
    let accounts = Account::these(view.connection(), &ids).await?.into_iter();
    let items = accounts.map(|account| account.seen_by(is_admin, now)).collect();
    Ok(view.answer(Items { items, before, after }))
}
