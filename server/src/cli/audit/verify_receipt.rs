//! `hansard audit verify-receipt`.

use std::path::PathBuf;
use std::process::ExitCode;

use record::Head;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::proof::Proof;
use super::verify::{keys, read};
use crate::cli::Failed;
use crate::cli::output::Output;

const EXAMPLES: &str = "\
Examples:

  curl -s \"https://chat.example.org$ADDRESS\" >receipt.json
  hansard audit verify-receipt receipt.json --key checkpoint-key.txt";

/// Checks the receipt of an erasure: offline, with no database.
///
/// Exits with 0 if a signed checkpoint of the log covers an event that says all that the receipt says; else with 1, and says what
/// is not so.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct VerifyReceipt {
    /// The receipt, as `GET /v1/erasures/{id}` or `GET /v1/audit/erasures/{id}` answered it.
    receipt: PathBuf,
    /// The key that signs checkpoints: a vkey, or a file of them. Without it the signature is not checked.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
}

#[derive(Deserialize)]
struct Receipt {
    id: Uuid,
    status: String,
    kind: String,
    destroyed: Destroyed,
    positions: Vec<i64>,
    position: i64,
    finished: Option<i64>,
    proof: Option<Proof>,
}

#[derive(Deserialize)]
struct Destroyed {
    key_ids: Vec<String>,
    blobs: Vec<String>,
}

/// Why a receipt is not to be believed.
#[derive(Debug, thiserror::Error)]
enum Unproved {
    #[error("the receipt has no proof: ask for it again once a checkpoint covers it")]
    NoProof,
    #[error("the receipt is of {0}, the log says otherwise")]
    Otherwise(&'static str),
}

impl VerifyReceipt {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = self.key.as_deref().map(keys).transpose()?;
        let receipt: Receipt = serde_json::from_slice(&read(&self.receipt)?)?;
        let mut output = Output::new();
        if keys.is_none() {
            output.line("signatures are not checked: no --key was given")?;
        }
        let checked = receipt.proof.as_ref().ok_or(Unproved::NoProof).map_err(Failed::from).and_then(|proof| {
            let head = proof.check(keys.as_deref())?;
            receipt.agrees(&proof.event)?;
            Ok(head)
        });
        match checked {
            Ok(head) => output.line(receipt.told(&head))?,
            Err(unproved) => {
                output.line(unproved)?;
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Receipt {
    /// Whether events of this type erase what it says was erased.
    fn is_of(&self, event_type: &str) -> bool {
        match self.kind.as_str() {
            "account" => event_type == "user_erased",
            "message" => event_type == "message_deleted",
            "messages" => event_type == "messages_expired",
            "file" => event_type == "file_deleted",
            _ => false,
        }
    }

    /// Checks that an event says what the receipt says.
    fn agrees(&self, event: &Value) -> Result<(), Unproved> {
        let says = &event["payload"];
        let Destroyed { key_ids, blobs } = &self.destroyed;
        let (position, told) = if let Some(finished) = self.finished {
            let stream = format!("erasure-{}", self.id);
            let told = vec![
                ("another erasure", event["stream"] == stream && event["type"] == "erasure_finished"),
                ("something else", says["kind"] == self.kind && says["position"] == self.position),
                ("other keys", says["keys"] == json!(key_ids)),
                ("other files", says["blobs"] == json!(blobs)),
                ("other positions", says["positions"] == json!(self.positions)),
                ("what is final", self.status == "final"),
            ];
            (finished, told)
        } else {
            let told = vec![
                ("another erasure", says["erasure"]["id"] == self.id.to_string()),
                ("something else", event["type"].as_str().is_some_and(|event| self.is_of(event))),
                ("other keys", says["erasure"]["keys"] == json!(key_ids)),
                ("files", blobs.is_empty()),
                ("what is provisional", self.status == "provisional"),
            ];
            (self.position, told)
        };
        let placed = [("another place", event["position"] == position)];
        let wrong = placed.into_iter().chain(told).find(|(_, agrees)| !agrees);
        wrong.map_or(Ok(()), |(what, _)| Err(Unproved::Otherwise(what)))
    }

    fn told(&self, head: &Head) -> String {
        let Self { id, status, kind, position, .. } = self;
        let Head { origin, size, .. } = head;
        let (keys, files) = (self.destroyed.key_ids.len(), self.destroyed.blobs.len());
        format!(
            "erasure {id} is {status}: {kind}, erased at position {position}, keys: {keys}, files: {files}; \
             covered by the checkpoint of {size} events of {origin}"
        )
    }
}
