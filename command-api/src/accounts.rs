//! Accounts: how they are made and proven, for the write edge and for the operator alike.

mod block_user;
mod change_email;
mod change_password;
mod email;
mod erase_user;
mod hasher;
mod link;
mod mailed;
mod operator;
mod password;
mod prove;
mod register;
mod register_user;
mod request_password_reset;
mod reset_password;
mod unblock_user;
mod update_profile;
mod update_settings;
mod verify_email;

use std::fmt;
use std::sync::Arc;

use api_kit::Problem;
use domain::id::UserId;
use domain::user::User;
use event_store::{KeyError, Request, Store, StoreError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::Commands;

pub use email::EmailDigest;
pub use hasher::Hasher;
pub(crate) use link::{Link, Purpose};
pub use password::Password;
pub use register::NewAccount;

/// The key, among the instance's secrets, of the digests under which emails are claimed.
const EMAIL_CLAIMS: &str = "instance/email-claims";

/// The key, among the instance's secrets, of the MACs in mailed links.
const LINKS: &str = "instance/mailed-links";

/// The kind of claim that makes emails unique.
pub const EMAIL_CLAIM: &str = "email";

/// Accounts in a log, and the passwords that prove them. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    hasher: Hasher,
    email_key: Arc<Zeroizing<[u8; 32]>>,
    link_key: Arc<Zeroizing<[u8; 32]>>,
}

impl Accounts {
    /// The accounts of a log.
    pub async fn open(store: Store, hasher: Hasher) -> Result<Self, KeyError> {
        let email_key = Arc::new(store.keyring().instance_secret(EMAIL_CLAIMS).await?);
        let link_key = Arc::new(store.keyring().instance_secret(LINKS).await?);
        Ok(Self { store, hasher, email_key, link_key })
    }

    /// What an email is claimed by: the same whatever its case, and nothing that tells it.
    pub fn email_digest(&self, email: &str) -> EmailDigest {
        EmailDigest::of(&self.email_key, email)
    }

    /// Whose an email is.
    pub async fn find(&self, email: &str) -> Result<Option<UserId>, StoreError> {
        self.owner(&self.email_digest(email)).await
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    pub(crate) fn link_key(&self) -> &[u8; 32] {
        &self.link_key
    }

    /// An account as the log has it, for who decides nothing from it yet.
    pub(crate) async fn seen(&self, request: &Request, user: UserId) -> Result<User, Problem> {
        let looked = self.store.execute(request, |unit| async move {
            let account = unit.look::<User>(&user.to_string()).await?;
            Ok::<_, Problem>(account.clone())
        });
        Ok(looked.await?.value)
    }

    pub(crate) async fn owner(&self, email: &EmailDigest) -> Result<Option<UserId>, StoreError> {
        let owner = self.store.claimed(EMAIL_CLAIM, email.as_bytes()).await?;
        Ok(owner.and_then(|owner| owner.parse().ok()))
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("hasher", &self.hasher).finish_non_exhaustive()
    }
}

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(register_user::handle))
        .routes(routes!(update_profile::handle, erase_user::handle))
        .routes(routes!(change_password::handle))
        .routes(routes!(change_email::handle))
        .routes(routes!(verify_email::handle))
        .routes(routes!(request_password_reset::handle))
        .routes(routes!(reset_password::handle))
        .routes(routes!(update_settings::handle))
        .routes(routes!(block_user::handle, unblock_user::handle))
}
