//! Accounts: `migrations/read/account.sql`.

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
        display_name: Option<String>,
        password_set: bool,
        generation: i64,
        kept_session: Option<Uuid>,
        roles: Vec<String>,
        created_at: OffsetDateTime,
        version: i64,
    }
}

pub(crate) struct Accounts;

impl Projection for Accounts {
    const NAME: &'static str = "accounts";
    const VERSION: i32 = 1;
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
            return rows.accounts.make(Account {
                id: *id,
                email: email.as_ref().and_then(|email| email.get().cloned()),
                display_name: display_name.get().cloned(),
                password_set: password.is_some(),
                generation: 0,
                kept_session: None,
                roles: vec![],
                created_at: event.at,
                version: event.sequence,
            });
        }
        let account = rows.accounts.change([*id]).ok_or(Poison::NothingToChange)?;
        account.version = event.sequence;
        match fact {
            UserEvent::UserRegistered { .. } => {}
            UserEvent::UserRenamed { display_name } => account.display_name = display_name.get().cloned(),
            UserEvent::UserPasswordChanged { password: _, generation, kept_session } => {
                account.password_set = true;
                account.generation = i64::from(*generation);
                account.kept_session = kept_session.map(|session| session.0);
            }
            UserEvent::UserSessionsRevoked { generation, kept_session } => {
                account.generation = i64::from(*generation);
                account.kept_session = kept_session.map(|session| session.0);
            }
            UserEvent::UserRoleGranted { role } => {
                account.roles.push(name(*role).to_owned());
                account.roles.sort();
                account.roles.dedup();
            }
            UserEvent::UserRoleRevoked { role } => account.roles.retain(|held| held != name(*role)),
        }
        Ok(())
    }
}

fn name(role: InstanceRole) -> &'static str {
    match role {
        InstanceRole::Admin => "admin",
        InstanceRole::Auditor => "auditor",
    }
}
