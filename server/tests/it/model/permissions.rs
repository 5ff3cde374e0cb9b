//! Permissions by their places in the contract.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Some permissions, by their places.
pub(super) type Permissions = BTreeSet<usize>;

/// Every permission, in the contract's order.
pub(super) const PERMISSIONS: [&str; 13] = [
    "view_history",
    "send_messages",
    "send_files",
    "react",
    "mention_all",
    "pin_messages",
    "delete_messages",
    "invite_members",
    "remove_members",
    "ban_members",
    "manage_roles",
    "manage_room",
    "start_calls",
];

/// What members have unless said otherwise.
const DEFAULTS: [&str; 5] = ["view_history", "send_messages", "send_files", "react", "start_calls"];

/// The place of a permission.
pub(super) fn place(name: &str) -> usize {
    PERMISSIONS.iter().position(|permission| *permission == name).expect("it is one of the contract's")
}

/// The places of some.
pub(super) fn places(names: &[&str]) -> Permissions {
    names.iter().map(|name| place(name)).collect()
}

/// What members have unless said otherwise; in rooms of two they pin too.
pub(super) fn defaults(of_two: bool) -> Permissions {
    let mut permissions = places(&DEFAULTS);
    permissions.extend(of_two.then(|| place("pin_messages")));
    permissions
}

/// As they are written.
pub(super) fn written(permissions: &Permissions) -> Value {
    json!(permissions.iter().map(|place| PERMISSIONS[*place]).collect::<Vec<_>>())
}
