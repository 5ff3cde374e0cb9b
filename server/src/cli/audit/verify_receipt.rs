//! `hansard audit verify-receipt`.

use std::path::PathBuf;
use std::process::ExitCode;

use record::Head;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
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
/// Exits with 0 if a signed checkpoint of the log covers an event that says all that the receipt says; else with 1, and says
/// what is not so. What a receipt says and nothing proves is told as the server's word: when, of one that is final; where, of
/// one that is provisional, the events are that cannot be read any more; and what remains.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct VerifyReceipt {
    /// The receipt, as `GET /v1/erasures/{id}` or `GET /v1/audit/erasures/{id}` answered it.
    receipt: PathBuf,
    /// The key that signs checkpoints: a vkey, or a file of them. Without it the signature is not checked.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
}

/// A receipt: these members, and no others. What this did not check would be taken for checked by whoever reads the receipt.
/// One with more is of a newer server, whose `hansard` knows what to compare that with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    id: Uuid,
    status: String,
    kind: String,
    destroyed: Destroyed,
    positions: Vec<i64>,
    position: i64,
    finished: Option<i64>,
    created_at: String,
    address: String,
    /// Words, which nothing proves.
    #[serde(rename = "remains")]
    _remains: String,
    proof: Option<Proof>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destroyed {
    key_ids: Vec<String>,
    blobs: Vec<String>,
}

/// Why a receipt is not to be believed.
#[derive(Debug, thiserror::Error)]
enum Unproved {
    #[error("this is no receipt of an erasure")]
    NotAReceipt(#[source] serde_json::Error),
    #[error("the receipt has no proof: ask for it again once a checkpoint covers it")]
    NoProof,
    #[error("the receipt is of {0}, the log says otherwise")]
    Otherwise(&'static str),
    #[error("its event tells what is sealed: no receipt does, and nothing proves it")]
    Opened,
}

impl VerifyReceipt {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = self.key.as_deref().map(keys).transpose()?;
        let receipt: Receipt = serde_json::from_slice(&read(&self.receipt)?).map_err(Unproved::NotAReceipt)?;
        let mut output = Output::new();
        if keys.is_none() {
            output.line("signatures are not checked: no --key was given")?;
        }
        let checked = receipt.proof.as_ref().ok_or(Unproved::NoProof).map_err(Failed::from).and_then(|proof| {
            let head = proof.check(keys.as_deref())?;
            receipt.agrees(&proof.event)?;
            Ok((head, &proof.event))
        });
        match checked {
            Ok((head, event)) => {
                output.line(receipt.told(&head))?;
                output.line(receipt.not_proved(event))?;
            }
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
        if event.get("opened").is_some() {
            return Err(Unproved::Opened);
        }
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
                ("no time", OffsetDateTime::parse(&self.created_at, &Rfc3339).is_ok()),
                ("what is final", self.status == "final"),
            ];
            (finished, told)
        } else {
            let told = vec![
                ("another erasure", says["erasure"]["id"] == self.id.to_string()),
                ("something else", event["type"].as_str().is_some_and(|event| self.is_of(event))),
                ("other keys", says["erasure"]["keys"] == json!(key_ids)),
                ("files", blobs.is_empty()),
                ("other positions", self.come_before(event["sequence"].as_i64().unwrap_or_default())),
                ("another time", event["metadata"]["occurred_at"] == self.created_at),
                ("what is provisional", self.status == "provisional"),
            ];
            (self.position, told)
        };
        let placed = [("another place", event["position"] == position)];
        let found = [("another address", self.is_found_at_its_address())];
        let wrong = placed.into_iter().chain(told).chain(found).find(|(_, agrees)| !agrees);
        wrong.map_or(Ok(()), |(what, _)| Err(Unproved::Otherwise(what)))
    }

    /// Whether its address, be it an auditor's or one with a token, is of this erasure.
    fn is_found_at_its_address(&self) -> bool {
        let path = self.address.split_once('?').map_or(self.address.as_str(), |(path, _)| path);
        path.ends_with(&format!("/erasures/{}", self.id))
    }

    /// Whether its positions may be those of the events before the one that erased, whose `sequence` proves how many there
    /// are, and not where. Of what a room keeps no longer a provisional receipt names none.
    fn come_before(&self, sequence: i64) -> bool {
        let earlier = if self.kind == "messages" { 0 } else { sequence.saturating_sub(1) };
        i64::try_from(self.positions.len()) == Ok(earlier)
            && self.positions.is_sorted_by(|one, other| one < other)
            && self.positions.first().is_none_or(|first| *first > 0)
            && self.positions.last().is_none_or(|last| *last < self.position)
    }

    /// What of it nothing proves.
    fn not_proved(&self, event: &Value) -> String {
        let what = match (self.finished, self.positions.len()) {
            (Some(_), _) => {
                let by = event["recorded_at"].as_str().unwrap_or_default();
                format!("that it was erased at {} (that no copy was left at {by} is proved), and ", self.created_at)
            }
            (None, 0) => String::new(),
            (None, count) => format!(
                "where the {count} events are that cannot be read any more (that there were as many before is proved), and "
            ),
        };
        format!("not proved, but the server's word: {what}what remains")
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
