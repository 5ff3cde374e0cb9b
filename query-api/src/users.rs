//! People, their sessions and settings.

mod account;
mod export;
pub(crate) mod export_own_data;
mod found;
pub(crate) mod get_account;
pub(crate) mod get_own_account;
pub(crate) mod get_settings;
pub(crate) mod list_blocks;
pub(crate) mod list_sessions;
pub(crate) mod list_users;

pub(crate) use account::Account;
