//! `hansard audit`.

pub(super) mod access;
mod export;
mod verify;
mod verify_receipt;
mod wanted;

use std::process::ExitCode;

use clap::Subcommand;

use super::Failed;

/// The record: the log as auditors read it.
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(Box<export::Export>),
    Verify(verify::Verify),
    VerifyReceipt(verify_receipt::VerifyReceipt),
}

impl Audit {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.command {
            Command::Export(export) => export.run().await,
            Command::Verify(verify) => verify.run(),
            Command::VerifyReceipt(verify) => verify.run(),
        }
    }
}
