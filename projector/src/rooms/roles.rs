//! The roles of a room, as its row has them: in the contract's shape, highest rank first.

use std::cmp::Reverse;

use domain::permission::PermissionSet;
use domain::sealed::Sealed;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{names, text};
use crate::projection::Poison;

/// A role in the contract's shape.
#[derive(Debug, Deserialize, Serialize)]
struct Role {
    id: Uuid,
    name: Option<String>,
    rank: i32,
    permissions: Permissions,
    version: i64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Permissions {
    allow: Vec<String>,
    deny: Vec<String>,
}

/// What a role is: its rank, what it gives and what it takes.
pub(super) type Is<'a> = (i32, &'a PermissionSet, &'a PermissionSet);

pub(super) fn define(roles: &mut Value, id: Uuid, name: &Sealed<String>, is: Is<'_>) -> Result<(), Poison> {
    let (rank, permissions) = (is.0, Permissions::of(is));
    let role = Role { id, name: text(Some(name)), rank, permissions, version: 1 };
    edit(roles, |roles| {
        if roles.iter().any(|role| role.id == id) {
            return Err(Poison::MadeBefore);
        }
        roles.push(role);
        Ok(())
    })
}

pub(super) fn change(roles: &mut Value, id: Uuid, name: Option<&Sealed<String>>, is: Is<'_>) -> Result<(), Poison> {
    edit(roles, |roles| {
        let role = roles.iter_mut().find(|role| role.id == id).ok_or(Poison::NothingToChange)?;
        if name.is_some() {
            role.name = text(name);
        }
        role.rank = is.0;
        role.permissions = Permissions::of(is);
        role.version += 1;
        Ok(())
    })
}

pub(super) fn delete(roles: &mut Value, id: Uuid) -> Result<(), Poison> {
    edit(roles, |roles| {
        let before = roles.len();
        roles.retain(|role| role.id != id);
        if roles.len() < before { Ok(()) } else { Err(Poison::NothingToChange) }
    })
}

/// At most a hundred roles: as many as a room has.
fn edit(roles: &mut Value, change: impl FnOnce(&mut Vec<Role>) -> Result<(), Poison>) -> Result<(), Poison> {
    let mut now: Vec<Role> = serde_json::from_value(roles.clone()).map_err(|_| Poison::NothingToChange)?;
    change(&mut now)?;
    now.sort_by_key(|role| (Reverse(role.rank), role.id));
    *roles = serde_json::to_value(now).map_err(|_| Poison::NothingToChange)?;
    Ok(())
}

impl Permissions {
    fn of((_, allow, deny): Is<'_>) -> Self {
        Self { allow: names(allow), deny: names(deny) }
    }
}
