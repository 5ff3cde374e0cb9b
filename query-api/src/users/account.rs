//! Accounts as their rows have them.

use api_kit::shape::{Administration, Me, Proposal, User};
use domain::id::UserId;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// An account.
pub(crate) struct Account {
    email: Option<String>,
    email_verified: bool,
    display_name: Option<String>,
    roles: Vec<String>,
    suspended: bool,
    auditor_proposed_by: Option<Uuid>,
    auditor_proposed_until: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    pub(crate) version: i64,
}

impl Account {
    /// The account of `user`, if there is one.
    pub(crate) async fn find(connection: &mut PgConnection, user: UserId) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            r#"select email, email_verified as "email_verified!", display_name, roles as "roles!", suspended as "suspended!",
                auditor_proposed_by, auditor_proposed_until, created_at as "created_at!", version as "version!"
            from read.account where id = $1"#,
            user.0,
        )
        .fetch_optional(connection)
        .await
    }

    /// As others see it.
    pub(crate) fn seen_by_others(self, user: UserId) -> User {
        User {
            id: user.0,
            display_name: self.display_name,
            avatar_file_id: None, // no file can be one's picture yet
            created_at: self.created_at.into(),
            version: self.version,
            administration: None,
        }
    }

    /// As administrators see it at `now`.
    pub(crate) fn seen_by_admins(mut self, user: UserId, now: OffsetDateTime) -> User {
        let proposed = self.auditor_proposed_by.zip(self.auditor_proposed_until).filter(|(_, until)| now < *until);
        let administration = Administration {
            roles: std::mem::take(&mut self.roles),
            suspended: self.suspended,
            auditor_proposed: proposed.map(|(by, until)| Proposal { by, expires_at: until.into() }),
        };
        User { administration: Some(administration), ..self.seen_by_others(user) }
    }

    /// As `user` themself sees it.
    pub(crate) fn seen_by_owner(mut self, user: UserId) -> Me {
        let (email, email_verified) = (self.email.take(), self.email_verified);
        let roles = std::mem::take(&mut self.roles);
        Me { user: self.seen_by_others(user), email, email_verified, roles }
    }
}
