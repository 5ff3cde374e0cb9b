//! What a command destroyed for good, for its receipt.

use api_kit::shape::{self, ErasureFacts};
use api_kit::{Problem, Timestamp};
use domain::erasure::Erasure;
use domain::id::ErasureId;
use domain::sealed::KeyName;
use event_store::{Done, StoreError, Unit};
use serde::{Deserialize, Serialize};

use crate::Commands;
use crate::receipted::receipt_of;

/// What a command destroyed: ids and positions alone, as it is kept for later answers to the same request.
#[derive(Serialize, Deserialize)]
pub(crate) struct Destroyed {
    id: ErasureId,
    pub(crate) keys: Vec<KeyName>,
    /// Of the events that cannot be read any more.
    positions: Vec<i64>,
    created_at: Timestamp,
    /// Of the erasure; none while it is the command's own, whose position is known once it is appended.
    position: Option<i64>,
}

receipt_of!(Destroyed { id, keys, positions, created_at, position });

impl Commands {
    /// Has `erasure` destroy its keys with the append, and what its receipt tells: `events` are those of the stream so
    /// far.
    pub(crate) fn destroys(unit: &Unit, erasure: Erasure, positions: Vec<i64>, at: Timestamp) -> Destroyed {
        for key in &erasure.keys {
            unit.destroy_key(key.as_str());
        }
        Destroyed { id: erasure.id, keys: erasure.keys, positions, created_at: at, position: None }
    }

    /// What a stream's last event destroyed.
    pub(crate) async fn destroyed(&self, erasure: Erasure, kind: &str, id: &str) -> Result<Destroyed, Problem> {
        let reader = self.store.reader();
        let mut positions = reader.positions_of(kind, id).await.map_err(StoreError::from)?;
        let position = positions.pop();
        let last = reader.last_of(kind, id).await.map_err(StoreError::from)?;
        let metadata = last.map(|last| last.metadata()).transpose().map_err(Problem::internal)?;
        let metadata = metadata.ok_or_else(|| Problem::internal("what was erased has no events"))?;
        let created_at = serde_json::from_value(metadata.occurred_at.into()).map_err(Problem::internal)?;
        Ok(Destroyed { id: erasure.id, keys: erasure.keys, positions, created_at, position })
    }

    /// The receipt of a command that destroyed something. Provisional, as nothing was purged yet.
    pub(crate) fn receipt<T>(&self, done: &Done<T>, kind: &str, destroyed: &Destroyed) -> shape::Erasure {
        let facts = ErasureFacts {
            id: destroyed.id.0,
            kind: kind.to_owned(),
            key_ids: destroyed.keys.iter().map(|key| key.as_str().to_owned()).collect(),
            blobs: vec![],
            positions: destroyed.positions.clone(),
            position: destroyed.position.unwrap_or(done.position),
            finished: None,
            created_at: destroyed.created_at,
        };
        shape::Erasure::of(facts, self.erasures.address(destroyed.id.0), None)
    }
}
