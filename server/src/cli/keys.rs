//! `hansard keys`.

use std::process::ExitCode;

use clap::Subcommand;

use super::Failed;
use super::output::Output;
use crate::database::Access;
use crate::{keyring, settings};

/// The master key and what it wraps.
#[derive(Debug, clap::Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rotate(Rotate),
}

/// Wraps every key of the database with the newest version of the master key.
///
/// Needed to retire a version: add a line with a greater version to the master key file, restart every process with it,
/// run this, and remove the older line. May run beside serving processes that have both versions, and again at any time;
/// nothing in the log changes. Tries every key: those that are damaged are named, and it exits 1.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
struct Rotate {
    #[command(flatten)]
    database: settings::Database,
    #[command(flatten)]
    keys: settings::Keys,
    #[command(flatten)]
    log: settings::Log,
}

impl Keys {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.command {
            Command::Rotate(rotate) => rotate.run().await,
        }
    }
}

impl Rotate {
    async fn run(self) -> Result<ExitCode, Failed> {
        self.log.begin()?;
        let master = self.keys.read()?;
        let pool = self.database.pool(Access::Writer, "keys rotate", 1)?;
        let rotated = keyring::over(pool, master).rotate().await?;
        let mut output = Output::new();
        output.line(format_args!("{} keys were wrapped with the newest version of the master key", rotated.keys))?;
        for name in &rotated.damaged {
            output.line(format_args!("damaged: {name}"))?;
        }
        Ok(if rotated.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
