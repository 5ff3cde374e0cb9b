//! Making accounts.

use api_kit::Problem;
use domain::id::UserId;
use domain::user::{User, UserCommand};
use event_store::{Done, Request};

use super::{Accounts, EMAIL_CLAIM, Password};
use crate::refused::refused;

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub id: UserId,
    /// As typed. An account that has it already is a refusal, `email-taken`.
    pub email: String,
    /// What others see.
    pub display_name: String,
    /// Nobody signs in without one.
    pub password: Option<Password>,
}

impl Accounts {
    /// Makes an account; its value is the account's id. The same request again makes none, and its value is the first
    /// one's. Who acts, if anybody, is said in `request`.
    pub async fn register(&self, request: &Request, account: NewAccount) -> Result<Done<UserId>, Problem> {
        let NewAccount { id, email, display_name, password } = account;
        let email = email.trim();
        let command = |password| UserCommand::Register {
            user: id,
            email: Some(email.to_owned()),
            display_name: display_name.clone(),
            password,
            imported: None,
        };
        // What is refused anyway need not cost a hash.
        User::default().decide(command(None)).map_err(refused)?;
        let phc = match &password {
            Some(password) => {
                password.may_be_chosen("/password")?;
                Some(self.hasher.hash(password).await?)
            }
            None => None,
        };

        let digest = &self.email_digest(email);
        let (command, phc) = (&command, &phc);
        let done = self.store.execute(request, |unit| async move {
            unit.idempotent(&digest.scope()).await?;
            let events = User::default().decide(command(phc.clone())).map_err(refused)?;
            unit.append::<User>(&id.to_string(), events, None);
            unit.claim(EMAIL_CLAIM, digest.as_bytes().to_vec(), id.to_string());
            Ok::<_, Problem>(id)
        });
        Ok(done.await?)
    }
}
