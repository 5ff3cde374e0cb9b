//! People.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// Somebody, as everyone sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// Null once the account is erased.
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    /// The file of their picture.
    pub avatar_file_id: Option<Uuid>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Counts the changes of the account.
    #[schema(example = 1)]
    pub version: i64,
    /// For administrators alone, and not of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub administration: Option<Administration>,
}

/// What administrators see of somebody besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Administration {
    /// What they may do on the whole instance.
    #[schema(value_type = Vec<InstanceRole>)]
    pub roles: Vec<String>,
    /// Whether they are kept from signing in.
    pub suspended: bool,
    /// Who would make them an auditor and waits for another administrator's word; null if nobody does.
    pub auditor_proposed: Option<Proposal>,
}

/// What one administrator proposed, for another to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proposal {
    /// The first.
    pub by: Uuid,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

/// Somebody, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Me {
    /// What everyone sees.
    #[serde(flatten)]
    pub user: User,
    /// Null of an account without one.
    #[schema(example = "ada@example.org")]
    pub email: Option<String>,
    /// Whether one proved that one reads what is mailed to it.
    pub email_verified: bool,
    /// What they may do on the whole instance.
    #[schema(value_type = Vec<InstanceRole>)]
    pub roles: Vec<String>,
}

/// A role on the whole instance.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum InstanceRole {
    /// Suspends users, closes rooms, grants roles; reads no private content.
    Admin,
    /// Reads the record, with a reason and on the record.
    Auditor,
}
