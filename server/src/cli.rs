//! The command line. Its comments are the manual that `--help` prints.

mod complain;
mod migrate;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

/// Why a command failed, to be told on standard error.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A chat server that keeps the record.
///
/// Every accepted command becomes events in one append-only log in PostgreSQL; NATS distributes it, read models answer
/// queries, and auditors replay it.
///
/// A first start, with a database of one's own:
///
///   export DATABASE_URL=postgres://hansard:PASSWORD@localhost/hansard
///   export HANSARD_MASTER_KEY_FILE=/etc/hansard/master.key
///   echo "1:$(openssl rand -hex 32)" > $HANSARD_MASTER_KEY_FILE
///   hansard migrate
///   hansard serve
#[derive(Debug, Parser)]
#[command(name = "hansard", version, verbatim_doc_comment, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    Migrate(migrate::Migrate),
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
            }
        });
        // What still runs was given its time.
        runtime.shutdown_background();
        done.unwrap_or_else(|failed| complain::about(&*failed))
    }
}
