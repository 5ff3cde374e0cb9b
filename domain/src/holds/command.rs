//! What can be asked of the legal holds.

use super::Kept;
use crate::id::{HoldId, UserId};

/// What is asked of the legal holds. That the asker is an auditor is decided before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldsCommand {
    /// Keeps something from being erased.
    Place {
        /// Names the hold.
        id: HoldId,
        /// The auditor.
        by: UserId,
        /// What it keeps.
        keeps: Kept,
        /// Why, in their words.
        reason: String,
    },
    /// Lets it be erased again.
    Lift {
        /// The hold.
        id: HoldId,
        /// The auditor.
        by: UserId,
        /// Why, in their words.
        reason: String,
    },
}
