//! Giving and taking roles on the whole instance: of administrators there is a set besides, which knows the last one.

use api_kit::Problem;
use domain::admins::{Admins, AdminsCommand};
use domain::id::UserId;
use domain::user::{InstanceRole, User, UserCommand};
use event_store::Unit;

use crate::refused::refused;

/// Gives `user`, whose account is `account`, a role.
pub(crate) async fn grant(unit: &Unit, user: UserId, account: &User, role: InstanceRole) -> Result<(), Problem> {
    let events = account.decide(UserCommand::GrantRole(role)).map_err(refused)?;
    unit.append::<User>(&user.to_string(), events, None);
    match role {
        InstanceRole::Admin => change(unit, AdminsCommand::Add(user)).await,
        InstanceRole::Auditor => Ok(()),
    }
}

/// Takes a role from `user`, whose account is `account`.
pub(super) async fn revoke(unit: &Unit, user: UserId, account: &User, role: InstanceRole) -> Result<(), Problem> {
    let events = account.decide(UserCommand::RevokeRole(role)).map_err(refused)?;
    unit.append::<User>(&user.to_string(), events, None);
    match role {
        InstanceRole::Admin => change(unit, AdminsCommand::Remove(user)).await,
        InstanceRole::Auditor => Ok(()),
    }
}

/// What an erased account leaves of the roles that `account` has: the last administrator stays.
pub(crate) async fn leave(unit: &Unit, user: UserId, account: &User) -> Result<(), Problem> {
    let is_admin = account.roles.contains(&InstanceRole::Admin);
    if is_admin { change(unit, AdminsCommand::Remove(user)).await } else { Ok(()) }
}

async fn change(unit: &Unit, command: AdminsCommand) -> Result<(), Problem> {
    let admins = unit.load::<Admins>(Admins::STREAM).await?;
    unit.append::<Admins>(Admins::STREAM, admins.decide(command).map_err(refused)?, None);
    Ok(())
}
