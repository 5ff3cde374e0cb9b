//! People, their sessions and settings.

mod account;
pub(crate) mod get_account;
pub(crate) mod get_own_account;
pub(crate) mod get_settings;
pub(crate) mod list_sessions;

pub(crate) use account::Account;
