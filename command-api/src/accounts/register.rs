//! Making accounts.

use api_kit::Problem;
use domain::id::{InviteCode, UserId};
use domain::user::{User, UserCommand};
use event_store::{Done, Request};

use super::{Accounts, EMAIL_CLAIM, Password};
use crate::invites::enter;
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
    /// Whether the operator, who makes the account, answers for its email: it is verified then.
    pub answered_for: bool,
}

impl Accounts {
    /// Makes an account; its value is the account's id. The same request again makes none, and its value is the first
    /// one's. Who acts, if anybody, is said in `request`.
    pub async fn register(&self, request: &Request, account: NewAccount) -> Result<Done<UserId>, Problem> {
        self.make(request, account, None).await
    }

    /// The same with an invite to a room, which lets its person come into the room in the same append: an invite that is
    /// spent makes no account.
    pub(crate) async fn register_invited(
        &self,
        request: &Request,
        account: NewAccount,
        code: InviteCode,
    ) -> Result<Done<UserId>, Problem> {
        self.make(request, account, Some(code)).await
    }

    async fn make(
        &self,
        request: &Request,
        account: NewAccount,
        invite: Option<InviteCode>,
    ) -> Result<Done<UserId>, Problem> {
        let NewAccount { id, email, display_name, password, answered_for } = account;
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
        let (command, phc, at) = (&command, &phc, request.occurred_at);
        let done = self.store.execute(request, |unit| async move {
            unit.idempotent(&digest.scope()).await?;
            // Whoever it is or was, if it was chosen.
            let account = unit.load::<User>(&id.to_string()).await?;
            let events = account.decide(command(phc.clone())).map_err(refused)?;
            unit.append::<User>(&id.to_string(), events, None);
            if answered_for {
                let made = unit.begun::<User>(&id.to_string())?;
                let events = made.decide(UserCommand::AnswerForEmail).map_err(refused)?;
                unit.append::<User>(&id.to_string(), events, None);
            }
            unit.claim(EMAIL_CLAIM, digest.as_bytes().to_vec(), id.to_string());
            if let Some(code) = invite {
                enter(&unit, id, code, at).await.map_err(of_the_field)?;
            }
            Ok::<_, Problem>(id)
        });
        Ok(done.await?)
    }
}

/// An invite that is not there is a wrong value of its field here: the address that was asked for is there.
fn of_the_field(problem: Problem) -> Problem {
    if matches!(problem, Problem::NotFound) { no_invite() } else { problem }
}

/// A code is none.
pub(super) fn no_invite() -> Problem {
    Problem::invalid("/invite_code", "is not the code of an invite")
}
