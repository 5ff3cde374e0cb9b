//! Somebody of the source as a command: who is known to be here stands for them, for others an account is made.

use std::fmt;

use command_api::accounts::EMAIL_CLAIM;
use domain::id::UserId;
use domain::imported::Origin;
use domain::user::{User, UserCommand};
use event_store::Unit;
use serde_json::{Value, json};

use super::super::Fact;
use super::known::Known;
use super::tell::told;
use super::{Importer, NotTaken};

/// Somebody of the source whose email an account here has that need not be theirs: they have one of their own, without an
/// email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Apart {
    user: UserId,
    email: String,
    owner: UserId,
    why: &'static str,
}

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, email, owner, why } = self;
        write!(f, "{email} is that of the account {owner} here, {why}: imported as {user}, without an email")
    }
}

/// Whose an email of the source is here.
enum Whose {
    Free,
    /// That of this account, which is the same person.
    Theirs(UserId),
    /// That of an account which need not be the same person.
    Taken(Apart),
}

impl Importer<'_> {
    /// Makes an account that nobody can sign in to before the operator sets its password; one that is known to have the email
    /// already stands for the person instead, then and whenever they are told of again.
    pub(super) async fn register(
        &self,
        unit: &Unit,
        fact: Fact,
        mut imported: Origin,
        known: &Known,
    ) -> Result<bool, NotTaken> {
        let Fact::Registered { user, email, display_name, active } = fact else { return Ok(false) };
        let id = user.to_string();
        // Who was imported stands for themself, erased or not, whoever has the email by now.
        if known.is_there::<User>(&id) {
            return Ok(false);
        }
        if let Some(owner) = self.recorded(user).await? {
            self.same().insert(user, owner);
            return Ok(false);
        }
        let whose = match &email {
            Some(email) => self.whose(unit, user, email, active).await?,
            None => Whose::Free,
        };
        self.note(user, &whose);
        let takes_email = match whose {
            Whose::Theirs(_) => return Ok(false),
            Whose::Taken(_) => false,
            Whose::Free => active,
        };
        if let Some(email) = email.as_ref().filter(|_| !takes_email) {
            keep(&mut imported, email);
        }
        let email = email.filter(|_| takes_email);
        let digest = email.as_ref().map(|email| self.accounts.email_digest(email).as_bytes().to_vec());
        let command = UserCommand::Register { user, email, display_name, password: None, imported: Some(imported) };
        let events = unit.begun::<User>(&id)?.decide(command)?;
        if let Some(digest) = digest.filter(|_| !events.is_empty()) {
            unit.claim(EMAIL_CLAIM, digest, id.clone());
        }
        Ok(told::<User>(unit, &id, events, None))
    }

    /// Whose an email of the source is here. Anybody can register with it; whoever has it is the same person only if it is
    /// known to be theirs, and if they were not shut out there, where others may have it since.
    async fn whose(&self, unit: &Unit, user: UserId, email: &str, active: bool) -> Result<Whose, NotTaken> {
        let found = self.accounts.find(email).await?.filter(|owner| *owner != user);
        let Some(owner) = found else { return Ok(Whose::Free) };
        // A guard of the append: they may give it up meanwhile.
        let account = unit.load::<User>(&owner.to_string()).await?;
        let digest = |email: &str| self.accounts.email_digest(email);
        let has_it = account.email.as_deref().is_some_and(|own| digest(own) == digest(email));
        let why = match () {
            () if !active => "but of somebody deactivated there",
            () if account.suspended => "which is suspended",
            () if !account.exists || !has_it || !account.has_proven_email() => "which has not verified it",
            () => return Ok(Whose::Theirs(owner)),
        };
        Ok(Whose::Taken(Apart { user, email: email.to_owned(), owner, why }))
    }

    /// Notes whom somebody is. A batch may be decided several times: the last time counts.
    fn note(&self, user: UserId, whose: &Whose) {
        self.same().remove(&user);
        self.unrecorded().remove(&user);
        self.apart().remove(&user);
        match whose {
            Whose::Free => {}
            Whose::Theirs(owner) => {
                self.same().insert(user, *owner);
                self.unrecorded().insert(user, *owner);
            }
            Whose::Taken(apart) => {
                self.apart().insert(user, apart.clone());
            }
        }
    }
}

/// An email that the account does not have is kept with what there is no fact for.
fn keep(imported: &mut Origin, email: &str) {
    if let Value::Object(fields) = imported.rest.get_or_insert_with(|| json!({})) {
        fields.insert("email".to_owned(), email.into());
    }
}
