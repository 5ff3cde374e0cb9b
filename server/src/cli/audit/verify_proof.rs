//! `hansard audit verify-proof`.

use std::path::PathBuf;
use std::process::ExitCode;

use record::Head;
use serde_json::Value;

use super::proof::Proof;
use super::verify::{OPENED, keys, read};
use crate::cli::Failed;
use crate::cli::output::Output;

const EXAMPLES: &str = "\
Examples:

  hansard audit verify-proof proof.json --key checkpoint-key.txt";

/// Checks the proof of one event: offline, with no database.
///
/// Exits with 0 if the log that a signed checkpoint is of has the event, and tells what it is; else with 1, and says what is not so.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct VerifyProof {
    /// The proof, as `hansard audit prove` wrote it.
    proof: PathBuf,
    /// The key that signs checkpoints: a vkey, or a file of them. Without it the signature is not checked.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
}

impl VerifyProof {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = self.key.as_deref().map(keys).transpose()?;
        let proof: Proof = serde_json::from_slice(&read(&self.proof)?)?;
        let mut output = Output::new();
        if keys.is_none() {
            output.line("signatures are not checked: no --key was given")?;
        }
        match proof.check(keys.as_deref()) {
            Ok(head) => output.line(told(&proof.event, &head))?,
            Err(unproved) => {
                output.line(unproved)?;
                return Ok(ExitCode::FAILURE);
            }
        }
        if proof.event.get("opened").is_some_and(|opened| !opened.is_null()) {
            output.line(OPENED)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn told(event: &Value, head: &Head) -> String {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("nobody");
    format!(
        "position {}: {} of {}, recorded at {}, by {}; covered by the checkpoint of {} events of {}",
        event["position"],
        text("/type"),
        text("/stream"),
        text("/recorded_at"),
        text("/metadata/actor_id"),
        head.size,
        head.origin
    )
}
