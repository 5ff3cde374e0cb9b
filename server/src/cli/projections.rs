//! `hansard projections`.

mod drop;
mod rebuild;
mod rollback;
mod status;
mod unpark;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;
use event_store::Reader;
use indicatif::ProgressBar;
use projector::{Pace, Progress, Projector};

use super::Failed;
use crate::database::Access;
use crate::keyring;
use crate::settings::{Database, Keys, Log};

/// Connections of a rebuild or verification: what the projector asks for.
const CONNECTIONS: u32 = 6;

/// Read models: how far they are, making them anew, and whether they are true.
///
/// Read models are made of the log alone and can be made again at any time. Each set of their tables is a generation, of
/// which one serves.
#[derive(Debug, clap::Args)]
pub(super) struct Projections {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Status),
    Rebuild(rebuild::Rebuild),
    Rollback(rollback::Rollback),
    Verify(verify::Verify),
    Drop(drop::Drop),
    Unpark(unpark::Unpark),
}

/// What these commands need.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
struct Needs {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    log: Log,
}

impl Projections {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.command {
            Command::Status(status) => status.run().await,
            Command::Rebuild(rebuild) => rebuild.run().await,
            Command::Rollback(rollback) => rollback.run().await,
            Command::Verify(verify) => verify.run().await,
            Command::Drop(drop) => drop.run().await,
            Command::Unpark(unpark) => unpark.run().await,
        }
    }
}

impl Needs {
    fn projector(&self) -> Result<Projector, Failed> {
        self.log.begin()?;
        let pool = self.database.pool(Access::Projector, "projections", CONNECTIONS)?;
        let keyring = keyring::over(pool.clone(), self.keys.read()?);
        Ok(Projector::new(pool.clone(), Reader::new(pool), keyring, Pace::default()))
    }
}

/// Shows progress on a bar.
pub(super) fn on(bar: &ProgressBar) -> impl FnMut(Progress) + Send {
    let bar = bar.clone();
    move |progress: Progress| {
        bar.set_length(progress.of.try_into().unwrap_or_default());
        bar.set_position(progress.position.try_into().unwrap_or_default());
    }
}
