//! Mail.

use std::path::PathBuf;

use super::Secret;

/// How mail is sent, and which addresses stand in it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Mail")]
pub struct Mail {
    /// The mail server, as smtps://USER:PASSWORD@HOST:PORT, or smtp://HOST:PORT?tls=required with STARTTLS.
    ///
    /// Without it mails are files in a folder.
    #[arg(long, env = "HANSARD_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<Secret>,

    /// The folder into which mails are written, a file with the ending .eml each, where there is no mail server.
    ///
    /// They hold addresses and links that open accounts: on a machine that others use too, keep it to yourself.
    #[arg(long, env = "HANSARD_MAIL_FOLDER", value_name = "FOLDER", default_value = "mail")]
    pub mail_folder: PathBuf,

    /// Who mails are from.
    #[arg(long, env = "HANSARD_MAIL_FROM", value_name = "ADDRESS", default_value = "Hansard <hansard@localhost>")]
    pub mail_from: String,

    /// Where people reach this server: links in mails begin with it.
    #[arg(long, env = "HANSARD_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
}
