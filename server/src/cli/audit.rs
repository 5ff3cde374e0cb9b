//! `hansard audit`.

mod bounded;
mod export;
mod manifest;
mod proof;
mod prove;
mod verify;
mod verify_proof;
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
    Prove(Box<prove::Prove>),
    VerifyProof(verify_proof::VerifyProof),
    VerifyReceipt(verify_receipt::VerifyReceipt),
}

impl Audit {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.command {
            Command::Export(export) => export.run().await,
            Command::Verify(verify) => verify.run(),
            Command::Prove(prove) => prove.run().await,
            Command::VerifyProof(verify) => verify.run(),
            Command::VerifyReceipt(verify) => verify.run(),
        }
    }
}
