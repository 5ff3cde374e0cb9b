//! Accounts as their rows have them.

use api_kit::shape::{Me, User};
use domain::id::UserId;
use sqlx::PgConnection;
use time::OffsetDateTime;

/// An account.
pub(crate) struct Account {
    email: Option<String>,
    display_name: Option<String>,
    roles: Vec<String>,
    created_at: OffsetDateTime,
    pub(crate) version: i64,
}

impl Account {
    /// The account of `user`, if there is one.
    pub(crate) async fn find(connection: &mut PgConnection, user: UserId) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            r#"select email, display_name, roles as "roles!", created_at as "created_at!", version as "version!"
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
        }
    }

    /// As `user` themself sees it.
    pub(crate) fn seen_by_owner(mut self, user: UserId) -> Me {
        let (email, roles) = (self.email.take(), std::mem::take(&mut self.roles));
        Me { user: self.seen_by_others(user), email, roles }
    }
}
