//! What administrators do to accounts. Who is none is answered 403, whatever they ask for.

mod agree_on_auditor;
mod grant_admin;
mod reinstate_user;
mod revoke_admin;
mod revoke_auditor;
pub(crate) mod role;
mod suspend_user;

use api_kit::Problem;
use domain::id::UserId;
use domain::user::User;
use event_store::Loaded;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;
use crate::actor::Actor;
use crate::refused::refused;

pub(crate) use role::grant;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(suspend_user::handle, reinstate_user::handle))
        .routes(routes!(grant_admin::handle, revoke_admin::handle))
        .routes(routes!(agree_on_auditor::handle, revoke_auditor::handle))
}

/// The account that an administrator acts upon. It may be none: that is its own answer, and for administrators alone.
async fn account(actor: &Actor, user: UserId) -> Result<Loaded<User>, Problem> {
    actor.account.administers().map_err(refused)?;
    Ok(actor.unit.load::<User>(&user.to_string()).await?)
}
