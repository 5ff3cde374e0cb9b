//! `hansard admin create-user`.

use std::process::ExitCode;

use api_kit::Context;
use command_api::accounts::NewAccount;
use domain::id::UserId;

use super::{Failed, accounts, password, told};
use crate::cli::operator::{Operator, request};
use crate::cli::output::Output;

const EXAMPLES: &str = "\
Examples:

  hansard admin create-user alice@example.org --display-name Alice
  pass show alice | hansard admin create-user alice@example.org";

/// Makes an account, and prints its id. Its email counts as verified: the operator answers for it.
///
/// Asks for the password at a terminal, and reads it from standard input otherwise. Nobody signs in to an account that was
/// made without one, until `hansard admin set-password`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CreateUser {
    /// Their email: with it they sign in.
    email: String,
    /// What others see; the part of the email before the @ unless said otherwise.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Reads the password from standard input, also where that is a terminal.
    #[arg(long, conflicts_with = "no_password")]
    password_stdin: bool,
    /// Makes the account without a password.
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    operator: Operator,
}

impl CreateUser {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let context = Context::ambient();
        let accounts = accounts(&self.operator, &context).await?;
        let password = if self.no_password { None } else { Some(password::read(self.password_stdin)?) };
        let before_at = self.email.split('@').next().unwrap_or(&self.email).to_owned();
        let account = NewAccount {
            id: UserId(context.new_id()),
            email: self.email,
            display_name: self.display_name.unwrap_or(before_at),
            password,
            answered_for: true,
        };
        let done = accounts.register(&request(&context), account).await.map_err(told)?;
        Output::new().line(done.value)?;
        Ok(ExitCode::SUCCESS)
    }
}
