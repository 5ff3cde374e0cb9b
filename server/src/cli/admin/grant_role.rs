//! `hansard admin grant-role`.

use std::process::ExitCode;

use api_kit::Context;
use clap::ValueEnum;
use domain::user::InstanceRole;

use super::{Failed, accounts, owner, told};
use crate::cli::operator::{Operator, request};

/// Gives an account a role on the whole instance.
#[derive(Debug, clap::Args)]
pub(super) struct GrantRole {
    /// The account's email.
    email: String,
    /// Which.
    role: Role,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Suspends users, closes rooms, grants roles; reads no private content.
    Admin,
    /// Reads the record, with a reason and on the record.
    Auditor,
}

impl GrantRole {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let context = Context::ambient();
        let accounts = accounts(&self.operator, &context).await?;
        let user = owner(&accounts, &self.email).await?;
        let role = match self.role {
            Role::Admin => InstanceRole::Admin,
            Role::Auditor => InstanceRole::Auditor,
        };
        accounts.grant_role(&request(&context), user, role).await.map_err(told)?;
        Ok(ExitCode::SUCCESS)
    }
}
