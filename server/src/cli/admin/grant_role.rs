//! `hansard admin grant-role`.

use std::process::ExitCode;

use api_kit::Context;
use clap::ValueEnum;
use domain::user::InstanceRole;

use super::{Failed, accounts, owner, told};
use crate::cli::complain;
use crate::cli::operator::{Operator, request};

/// Gives an account a role on the whole instance.
///
/// Says so where its email is not verified: whoever registered it may be somebody else.
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
        let is_proven = accounts.has_proven_email(&request(&context), user).await.map_err(told)?;
        accounts.grant_role(&request(&context), user, role).await.map_err(told)?;
        if !is_proven {
            complain::warn(format_args!("{} is not verified: whoever registered it may be somebody else", self.email));
        }
        Ok(ExitCode::SUCCESS)
    }
}
