//! `hansard admin set-password`.

use std::process::ExitCode;

use api_kit::Context;

use super::{Failed, accounts, owner, password, told};
use crate::cli::operator::{Operator, request};

/// Gives an account another password, and ends all of its sessions.
///
/// Asks for the password at a terminal, and reads it from standard input otherwise. People who were imported have none
/// until this gives them one.
#[derive(Debug, clap::Args)]
pub(super) struct SetPassword {
    /// The account's email.
    email: String,
    /// Reads the password from standard input, also where that is a terminal.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    operator: Operator,
}

impl SetPassword {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let context = Context::ambient();
        let accounts = accounts(&self.operator, &context).await?;
        let user = owner(&accounts, &self.email).await?;
        let password = password::read(self.password_stdin)?;
        accounts.set_password(&request(&context), user, &password).await.map_err(told)?;
        Ok(ExitCode::SUCCESS)
    }
}
