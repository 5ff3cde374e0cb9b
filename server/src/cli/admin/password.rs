//! Where a password comes from: a person at a terminal, or standard input. Never an argument: everyone sees those.

use std::io::{self, BufRead, IsTerminal};

use command_api::accounts::Password;
use zeroize::Zeroizing;

use crate::cli::Failed;

/// No password was typed.
#[derive(Debug, thiserror::Error)]
enum NoPassword {
    #[error("standard input holds no password")]
    Missing,
    #[error("the two passwords are not the same")]
    Different,
}

/// Asks for a password twice, without showing it; from standard input, if that is no terminal or `from_stdin`, takes the
/// first line.
pub(super) fn read(from_stdin: bool) -> Result<Password, Failed> {
    let typed = if from_stdin || !io::stdin().is_terminal() { first_line()? } else { asked()? };
    if typed.is_empty() {
        return Err(NoPassword::Missing.into());
    }
    Ok(String::clone(&typed).into())
}

fn first_line() -> Result<Zeroizing<String>, Failed> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_owned()))
}

fn asked() -> Result<Zeroizing<String>, Failed> {
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if first == again { Ok(first) } else { Err(NoPassword::Different.into()) }
}
