//! Accounts as their rows have them.

use api_kit::shape::{Administration, Me, Proposal, User};
use domain::id::UserId;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// An account.
pub(crate) struct Account {
    id: Uuid,
    email: Option<String>,
    email_verified: bool,
    display_name: Option<String>,
    avatar_file_id: Option<Uuid>,
    roles: Vec<String>,
    suspended: bool,
    auditor_proposed_by: Option<Uuid>,
    auditor_proposed_until: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    pub(crate) version: i64,
}

impl Account {
    /// The account of `user`, if there is one; of one that is erased nothing personal, however far read models are.
    pub(crate) async fn find(connection: &mut PgConnection, user: UserId) -> Result<Option<Self>, sqlx::Error> {
        Ok(Self::these(connection, &[user.0]).await?.pop())
    }

    /// The accounts with these ids, without pictures that are gone, in this order; what is not there is left out.
    pub(crate) async fn these(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            r#"select a.id as "id!", case when k.user_id is null then a.email end as email,
                a.email_verified as "email_verified!",
                case when k.user_id is null then a.display_name end as display_name,
                (select f.id from read.file f
                    where f.id = a.avatar_file_id and not f.deleted
                        and not exists (select from keys.erased e where e.user_id in (f.owner_id, f.author_id))
                ) as avatar_file_id,
                a.roles as "roles!", a.suspended as "suspended!", a.auditor_proposed_by, a.auditor_proposed_until,
                a.created_at as "created_at!", a.version as "version!"
            from unnest($1::uuid[]) with ordinality as wanted (id, place)
            cross join lateral (select * from read.account a where a.id = wanted.id limit 1) a
            left join keys.erased k on k.user_id = a.id
            order by wanted.place"#,
            ids,
        )
        .fetch_all(connection)
        .await
    }

    /// As an administrator sees it at `now`, or others.
    pub(crate) fn seen_by(self, is_admin: bool, now: OffsetDateTime) -> User {
        if is_admin { self.seen_by_admins(now) } else { self.seen_by_others() }
    }

    fn seen_by_others(self) -> User {
        User {
            id: self.id,
            display_name: self.display_name,
            avatar_file_id: self.avatar_file_id,
            created_at: self.created_at.into(),
            version: self.version,
            administration: None,
        }
    }

    fn seen_by_admins(mut self, now: OffsetDateTime) -> User {
        let proposed = self.auditor_proposed_by.zip(self.auditor_proposed_until).filter(|(_, until)| now < *until);
        let administration = Administration {
            roles: std::mem::take(&mut self.roles),
            suspended: self.suspended,
            auditor_proposed: proposed.map(|(by, until)| Proposal { by, expires_at: until.into() }),
        };
        User { administration: Some(administration), ..self.seen_by_others() }
    }

    /// As its owner sees it.
    pub(crate) fn seen_by_owner(mut self) -> Me {
        let (email, email_verified) = (self.email.take(), self.email_verified);
        let roles = std::mem::take(&mut self.roles);
        Me { user: self.seen_by_others(), email, email_verified, roles }
    }
}
