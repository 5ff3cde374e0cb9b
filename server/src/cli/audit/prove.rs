//! `hansard audit prove`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use api_kit::Context;
use event_store::Reader;
use query_api::audit::proof_of;
use tokio::time::{Instant, sleep};

use super::export::seen;
use super::manifest;
use crate::access;
use crate::cli::Failed;
use crate::cli::operator::Operator;
use crate::cli::output::Output;
use crate::database::Access;

/// How long a checkpoint is waited for that covers the event; one is signed at least every second.
const SIGNED_WITHIN: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:

  hansard audit prove --position 17 --reason 'complaint 4' --output proof.json
  hansard audit verify-proof proof.json --key checkpoint-key.txt";

/// Writes one event, and what proves that the log has it, to one file, which anybody checks with the verifier key alone.
///
/// What is proved is the event as stored: who did what where and when, and what is sealed. That it was read is itself put on record.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Prove {
    /// The event's; `GET /v1/audit/messages/{id}/provenance` names those of a message.
    #[arg(long, value_name = "POSITION")]
    position: i64,
    /// Why the record is read; it is put on record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Writes to this file, readable by its owner alone; else to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Adds what the sealed fields say, where their keys still exist; never of secret rooms. The proof does not cover it.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    operator: Operator,
}

/// There is no proof of an event.
#[derive(Debug, thiserror::Error)]
enum Unproved {
    #[error("the log ends at position {0}")]
    Beyond(i64),
    #[error("no checkpoint covers position {0} yet: does a sealer run?")]
    NotCovered(i64),
}

impl Prove {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let (store, pool) = (self.operator.open().await?, self.operator.pool(Access::Reader)?);
        let head = Reader::new(pool.clone()).head().await?;
        if !(1..=head.position).contains(&self.position) {
            return Err(Unproved::Beyond(head.position).into());
        }
        let what =
            format!("hansard audit prove --position {}{}", self.position, if self.open { " --open" } else { "" });
        access::record(&store, &Context::ambient(), &self.reason, &what).await?;
        if self.open {
            seen(&pool, self.position).await?;
        }
        let (keyring, deadline) = (self.operator.keyring(pool.clone())?, Instant::now() + SIGNED_WITHIN);
        let proof = loop {
            if let Some(proof) = proof_of(&pool, &keyring, self.position, self.open).await? {
                break proof;
            }
            if Instant::now() >= deadline {
                return Err(Unproved::NotCovered(self.position).into());
            }
            sleep(Duration::from_millis(50)).await;
        };
        match &self.output {
            Some(file) => manifest::write(file, &proof)?,
            None => Output::new().line(serde_json::to_string_pretty(&proof)?)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
