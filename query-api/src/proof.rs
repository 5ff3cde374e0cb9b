//! Who holds a token, as the log itself says.

use std::collections::BTreeSet;

use api_kit::{Problem, Token};
use domain::id::{SessionId, UserId};
use domain::session::Session;
use domain::user::{InstanceRole, User};
use event_store::{Loaded, Request, StoreError, Unit};
use time::OffsetDateTime;

use crate::Queries;
use crate::asker::Asker;

/// Who holds `token`, and their account, if the session is open and the account accepts it. What is appended in `unit`
/// is guarded by both.
pub(crate) async fn holder(
    unit: &Unit,
    token: &Token,
    now: OffsetDateTime,
) -> Result<Option<(UserId, Loaded<User>)>, StoreError> {
    let id = SessionId(token.session);
    let session = unit.load::<Session>(&id.to_string()).await?;
    let Some(user) = session.user_id else { return Ok(None) };
    let account = unit.load::<User>(&user.to_string()).await?;
    let stands = session.is_open(now) && token.matches(&session.secret_sha256) && account.accepts(id, &session);
    Ok(stands.then_some((user, account)))
}

impl Queries {
    /// The roles of who holds `token`, if its session stands: by the log, for who cannot wait until read models have
    /// caught up with it. Reads two short streams.
    pub(crate) async fn standing(&self, token: &Token) -> Result<Option<BTreeSet<InstanceRole>>, Problem> {
        let now = self.context.now();
        let request = Request::unasked(self.context.new_id(), now);
        let looked = self.store.execute(&request, |unit| async move {
            let holder = holder(&unit, token, now).await?;
            Ok::<_, Problem>(holder.map(|(_, account)| account.roles.clone()))
        });
        Ok(looked.await?.value)
    }

    /// Refuses who asked, once they would not be let in any more: by the log itself, or by the gate that they came through.
    pub(crate) async fn still_lets_in(&self, asker: &Asker) -> Result<(), Problem> {
        match &asker.viewer {
            Some(viewer) => viewer.gate.is_open().await,
            None => self.standing(&asker.token).await?.map(drop).ok_or(Problem::NotSignedIn),
        }
    }
}
