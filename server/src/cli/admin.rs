//! `hansard admin`.

mod create_signing_key;
mod create_user;
mod grant_role;
mod password;
mod set_password;

use std::process::ExitCode;

use api_kit::{Context, Problem};
use clap::Subcommand;
use command_api::accounts::{Accounts, Hasher};
use domain::id::UserId;

use super::Failed;
use super::operator::Operator;

/// Accounts, as the operator of the instance makes and changes them.
///
/// What is done here is on record like everything else, by nobody's session. It may be done while the server runs, which
/// sees it at once.
#[derive(Debug, clap::Args)]
pub(super) struct Admin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    CreateUser(create_user::CreateUser),
    SetPassword(set_password::SetPassword),
    GrantRole(grant_role::GrantRole),
    CreateSigningKey(create_signing_key::CreateSigningKey),
}

/// There is no account with an email.
#[derive(Debug, thiserror::Error)]
#[error("there is no account with the email {0}")]
struct NoAccount(String);

impl Admin {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.command {
            Command::CreateUser(create) => create.run().await,
            Command::SetPassword(set) => set.run().await,
            Command::GrantRole(grant) => grant.run().await,
            Command::CreateSigningKey(create) => create.run(),
        }
    }
}

async fn accounts(operator: &Operator, context: &Context) -> Result<Accounts, Failed> {
    Ok(Accounts::open(operator.open().await?, Hasher::new(context.clone())).await?)
}

async fn owner(accounts: &Accounts, email: &str) -> Result<UserId, Failed> {
    Ok(accounts.find(email).await?.ok_or_else(|| NoAccount(email.to_owned()))?)
}

/// A problem as an operator reads it: what is wrong with which field stands in the line.
fn told(problem: Problem) -> Failed {
    let Problem::Invalid(errors) = problem else { return problem.into() };
    let told = errors.iter().map(|error| format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail));
    told.collect::<Vec<_>>().join("; ").into()
}
