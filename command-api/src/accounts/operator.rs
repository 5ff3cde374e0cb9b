//! What an operator does to accounts.

use api_kit::Problem;
use domain::id::UserId;
use domain::user::{InstanceRole, User, UserCommand};
use event_store::{Done, Request};

use super::{Accounts, Password};
use crate::administration::grant;
use crate::refused::refused;

impl Accounts {
    /// Gives an account a password, and ends every session of it.
    pub async fn set_password(
        &self,
        request: &Request,
        user: UserId,
        password: &Password,
    ) -> Result<Done<()>, Problem> {
        password.may_be_chosen("/password")?;
        let password = self.hasher.hash(password).await?;
        self.decide(request, user, &UserCommand::ChangePassword { user, password, keep: None }).await
    }

    /// Whether an account's email is known to be its person's: [`User::has_proven_email`].
    pub async fn has_proven_email(&self, request: &Request, user: UserId) -> Result<bool, Problem> {
        Ok(self.seen(request, user).await?.has_proven_email())
    }

    /// Gives an account a role on the whole instance.
    pub async fn grant_role(&self, request: &Request, user: UserId, role: InstanceRole) -> Result<Done<()>, Problem> {
        let done = self.store.execute(request, |unit| async move {
            let account = unit.load::<User>(&user.to_string()).await?;
            grant(&unit, user, &account, role).await
        });
        Ok(done.await?)
    }

    async fn decide(&self, request: &Request, user: UserId, command: &UserCommand) -> Result<Done<()>, Problem> {
        let done = self.store.execute(request, |unit| async move {
            let account = unit.load::<User>(&user.to_string()).await?;
            unit.append::<User>(&user.to_string(), account.decide(command.clone()).map_err(refused)?, None);
            Ok::<_, Problem>(())
        });
        Ok(done.await?)
    }
}
