//! Receipts of erasures.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// What no server can take back: said in every receipt.
const REMAINS: &str = "What was made before this and is kept apart is not reached: backups of the database, archives of its \
    write-ahead log and copies of its disk hold what was destroyed together with its keys, for as long as the operator \
    keeps them; and whoever had read it may remember or have copied it.";

/// What was destroyed for good, and whether every copy that the server holds is purged of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erasure {
    /// Its id.
    pub id: Uuid,
    /// `provisional` until every read model is purged. The keys are gone, and nothing is shown, from the first.
    #[schema(value_type = ErasureStatus)]
    pub status: String,
    /// What was erased.
    #[schema(value_type = ErasureKind)]
    pub kind: String,
    /// What does not exist any more.
    pub destroyed: Destroyed,
    /// The places in the log of what cannot be read any more: once the receipt is final, those of all events in which its keys,
    /// or keys that these wrapped, sealed something. Before, of an `account`, a `message` and a `file` those of its own
    /// events, and of `messages` none.
    #[schema(example = json!([7, 12]))]
    pub positions: Vec<i64>,
    /// The place of the erasure in the log.
    #[schema(example = 42)]
    pub position: i64,
    /// The place in the log of the event that says that no copy is left; null while it is provisional.
    #[schema(example = 45)]
    pub finished: Option<i64>,
    /// When.
    pub created_at: Timestamp,
    /// Where this receipt is found, by whoever has the address; no session is needed.
    #[schema(example = "/v1/erasures/0954be91-e17b-894c-b2db-3d9f088e1a50?token=...")]
    pub address: String,
    /// What only time and the operator can finish, in plain words.
    pub remains: &'static str,
    /// What proves it to anybody: `hansard audit verify-receipt`. Null until the record covers it, a second later, and where the
    /// record is not signed.
    pub proof: Option<EventProof>,
}

/// What does not exist any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Destroyed {
    /// Names of keys: whatever they sealed or wrapped is unreadable in every copy of the log.
    pub key_ids: Vec<String>,
    /// Names of the bytes of files that are gone: hashes, but for a secret room's, whose names tell nothing. None before the
    /// receipt is final. Bytes that others have as well stay.
    pub blobs: Vec<String>,
}

/// That the log holds an event, and that the log is the one that its checkpoint is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventProof {
    /// The event, as auditors get it. Of a receipt the one that finished the erasure; while it is provisional, the one that erased.
    #[schema(value_type = Object)]
    pub event: Value,
    /// A signed head of the log that covers it, a C2SP tlog-checkpoint.
    pub checkpoint: String,
    /// That the event is in that log: SHA-256 hashes in base64, in the order of RFC 9162.
    pub hashes: Vec<String>,
}

impl Erasure {
    /// The receipt of what was destroyed, at `address`.
    pub fn of(facts: ErasureFacts, address: String, proof: Option<EventProof>) -> Self {
        let ErasureFacts { id, kind, key_ids, blobs, positions, position, finished, created_at } = facts;
        Self {
            id,
            status: if finished.is_some() { "final" } else { "provisional" }.to_owned(),
            kind,
            destroyed: Destroyed { key_ids, blobs },
            positions,
            position,
            finished,
            created_at,
            address,
            remains: REMAINS,
            proof,
        }
    }
}

/// What a receipt tells but for its address and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureFacts {
    /// Its id.
    pub id: Uuid,
    /// `message`, `file`, `account`, `messages`.
    pub kind: String,
    /// The keys that were destroyed.
    pub key_ids: Vec<String>,
    /// The names of bytes that are gone.
    pub blobs: Vec<String>,
    /// Of the events that cannot be read any more.
    pub positions: Vec<i64>,
    /// Of the erasure.
    pub position: i64,
    /// Of the event that says that no copy is left.
    pub finished: Option<i64>,
    /// When.
    pub created_at: Timestamp,
}

/// How far an erasure is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// The keys are gone and nothing is shown; read models are still being purged.
    Provisional,
    /// No copy that the server holds has a word of it.
    Final,
}

/// What was erased.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ErasureKind {
    /// A message of a secret room, and the files that went with it.
    Message,
    /// A file of a secret room. Or what a file was called that no room keeps any longer: its bytes are among those of the
    /// `messages` that it came with.
    File,
    /// An account, and what it wrote.
    Account,
    /// What some people wrote in a room in some months, which it keeps no longer.
    Messages,
}
