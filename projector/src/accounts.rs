//! Accounts: `migrations/read/account.sql`.

use concordance::fold_words;
use domain::text::folded_email;
use domain::user::{InstanceRole, UserEvent};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// An account. No credential is in it.
    struct Account in "account" by [id] {
        id: Uuid,
        email: Option<String>,
        email_verified: bool,
        display_name: Option<String>,
        avatar_file_id: Option<Uuid>,
        folded: Option<String>,
        email_folded: Option<String>,
        password_set: bool,
        generation: i64,
        kept_session: Option<Uuid>,
        roles: Vec<String>,
        suspended: bool,
        auditor_proposed_by: Option<Uuid>,
        auditor_proposed_until: Option<OffsetDateTime>,
        created_at: OffsetDateTime,
        erased: bool,
        version: i64,
    }
}

pub(crate) struct Accounts;

impl Projection for Accounts {
    const NAME: &'static str = "accounts";
    const VERSION: i32 = 7;
    const DDL: &'static str = include_str!("../../migrations/read/account.sql");

    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::User(id, _) = event.fact
            && event.sequence > 1
        {
            rows.accounts.want([id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::User(id, fact) = &event.fact else { return Ok(()) };
        if let UserEvent::UserRegistered { email, display_name, password, imported: _ } = fact {
            let mut account = Account {
                id: *id,
                email: email.as_ref().and_then(|email| email.get().cloned()),
                email_verified: false,
                display_name: display_name.get().cloned(),
                avatar_file_id: None,
                folded: None,
                email_folded: None,
                password_set: password.is_some(),
                generation: 0,
                kept_session: None,
                roles: vec![],
                suspended: false,
                auditor_proposed_by: None,
                auditor_proposed_until: None,
                created_at: event.at,
                erased: false,
                version: event.sequence,
            };
            account.fold();
            return rows.accounts.make(account);
        }
        let account = rows.accounts.change([*id]).ok_or(Poison::NothingToChange)?;
        account.version = event.sequence;
        match fact {
            UserEvent::UserRegistered { .. } | UserEvent::UserBlocked { .. } | UserEvent::UserUnblocked { .. } => {}
            UserEvent::UserRenamed { display_name } => account.display_name = display_name.get().cloned(),
            UserEvent::UserAvatarChanged { file_id } => account.avatar_file_id = file_id.map(|file| file.0),
            UserEvent::UserPasswordChanged { password: _, generation, kept_session } => {
                account.password_set = true;
                account.generation = i64::from(*generation);
                account.kept_session = kept_session.map(|session| session.0);
            }
            UserEvent::UserPasswordReset { password: _, generation } => {
                account.password_set = true;
                account.generation = i64::from(*generation);
                account.kept_session = None;
            }
            UserEvent::UserEmailChanged { email } => {
                account.email = email.get().cloned();
                account.email_verified = false;
            }
            UserEvent::UserEmailVerified => account.email_verified = true,
            UserEvent::UserSessionsRevoked { generation, kept_session } => {
                account.generation = i64::from(*generation);
                account.kept_session = kept_session.map(|session| session.0);
            }
            UserEvent::UserRoleGranted { role } => {
                account.roles.push(name(*role).to_owned());
                account.roles.sort();
                account.roles.dedup();
                account.propose(*role, None);
            }
            UserEvent::UserRoleRevoked { role } => {
                account.roles.retain(|held| held != name(*role));
                account.propose(*role, None);
            }
            UserEvent::UserRoleProposed { role, by, expires_at } => account.propose(*role, Some((by.0, *expires_at))),
            UserEvent::UserSuspended { by: _, reason: _, generation } => {
                account.suspended = true;
                account.generation = i64::from(*generation);
                account.kept_session = None;
            }
            UserEvent::UserReinstated => account.suspended = false,
            UserEvent::UserErased { erasure: _ } => {
                account.erased = true;
                (account.email, account.display_name, account.avatar_file_id) = (None, None, None);
                (account.password_set, account.kept_session) = (false, None);
                account.roles.clear();
                account.propose(InstanceRole::Auditor, None);
            }
        }
        account.fold();
        Ok(())
    }
}

impl Account {
    /// What they are found by follows what there is to be found.
    fn fold(&mut self) {
        self.folded = self.display_name.as_deref().map(fold_words);
        self.email_folded = self.email.as_deref().map(folded_email);
    }

    /// Who proposed a role, and until when; administrators are not proposed.
    fn propose(&mut self, role: InstanceRole, proposal: Option<(Uuid, OffsetDateTime)>) {
        match role {
            InstanceRole::Admin => {}
            InstanceRole::Auditor => (self.auditor_proposed_by, self.auditor_proposed_until) = proposal.unzip(),
        }
    }
}

fn name(role: InstanceRole) -> &'static str {
    match role {
        InstanceRole::Admin => "admin",
        InstanceRole::Auditor => "auditor",
    }
}
