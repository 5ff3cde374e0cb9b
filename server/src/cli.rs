//! The command line. Its comments are the manual that `--help` prints.

mod admin;
mod audit;
mod backup;
mod complain;
mod import;
mod keys;
mod migrate;
mod openapi;
mod operator;
mod output;
mod progress;
mod projections;
mod replay;
mod restored;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

/// Why a command failed, to be told on standard error.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A first start, with a database of one's own.
const FIRST_START: &str = "\
A first start, with a database of one's own:

  export DATABASE_URL=postgres://hansard:PASSWORD@localhost/hansard
  export HANSARD_MASTER_KEY_FILE=/etc/hansard/master.key
  (umask 077 && echo \"1:$(openssl rand -hex 32)\" > $HANSARD_MASTER_KEY_FILE)
  hansard migrate
  hansard serve";

/// A chat server that keeps the record.
///
/// Every accepted command becomes events in one append-only log in PostgreSQL; NATS distributes it, read models answer
/// queries, and auditors replay it.
#[derive(Debug, Parser)]
#[command(name = "hansard", version, after_long_help = FIRST_START, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    Migrate(migrate::Migrate),
    Admin(admin::Admin),
    Projections(projections::Projections),
    Replay(replay::Replay),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restored(restored::Restored),
    Keys(keys::Keys),
    Import(import::Import),
    /// Prints the OpenAPI document of the whole API, as `/openapi.json` serves it.
    Openapi,
}

impl Cli {
    /// Does what was asked. A failure is one line on standard error, and exit code 1.
    pub fn run(self) -> ExitCode {
        let runtime = match Runtime::new() {
            Ok(runtime) => runtime,
            Err(error) => return complain::about(&error),
        };
        let done = runtime.block_on(async {
            match self.command {
                Command::Serve(serve) => serve.run().await,
                Command::Migrate(migrate) => migrate.run().await,
                Command::Admin(admin) => admin.run().await,
                Command::Projections(projections) => projections.run().await,
                Command::Replay(replay) => replay.run().await,
                Command::Audit(audit) => audit.run().await,
                Command::Backup(backup) => backup.run().await,
                Command::Restored(restored) => restored.run().await,
                Command::Keys(keys) => keys.run().await,
                Command::Import(import) => import.run().await,
                Command::Openapi => openapi::print(),
            }
        });
        // What still runs was given its time.
        runtime.shutdown_background();
        done.unwrap_or_else(|failed| complain::about(&*failed))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every command, below `command`, with its path.
    fn each(command: &clap::Command, path: &str, look: &mut impl FnMut(&clap::Command, &str)) {
        look(command, path);
        command.get_subcommands().for_each(|below| each(below, &format!("{path} {}", below.get_name()), look));
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        let mut command = Cli::command();
        command.build();
        each(&command, "hansard", &mut |command, path| {
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path}: {}", argument.get_id());
            }
        });
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
