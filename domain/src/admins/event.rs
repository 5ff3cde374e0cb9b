//! What can happen to the set of administrators.

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// What happened to the set of administrators, in the same append as to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AdminsEvent {
    /// Somebody became one.
    AdminAdded {
        /// Who.
        user_id: UserId,
    },
    /// Somebody is one no more.
    AdminRemoved {
        /// Who.
        user_id: UserId,
    },
}

crate::stored::stored_events! { AdminsEvent {
    AdminAdded => "admin_added",
    AdminRemoved => "admin_removed",
} }
