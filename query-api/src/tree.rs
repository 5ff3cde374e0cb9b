//! The tree over the log: signed heads, tiles and proofs, for any auditor. They are hashes, so that nothing is put on record.

pub(crate) mod get_checkpoint;
pub(crate) mod get_checkpoint_key;
pub(crate) mod get_tile;
pub(crate) mod prove_consistency;
pub(crate) mod prove_inclusion;

use api_kit::{Answer, Problem, Query};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use record::{Proof, Tiles};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;

/// Hashes that prove something, in the order of RFC 9162.
#[derive(Serialize, ToSchema)]
#[schema(as = Proof)]
pub(crate) struct Hashes {
    /// SHA-256 hashes in base64.
    hashes: Vec<String>,
}

/// A snapshot for an auditor, and what they ask for. To anybody else there is nothing here, whatever they ask for.
async fn auditor<T>(
    queries: &Queries,
    asker: &Asker,
    parameters: Result<Query<T>, Problem>,
) -> Result<(View, T), Problem> {
    let view = queries.signed_in(asker).await?;
    if !view.caller.is_auditor {
        return Err(Problem::NotFound);
    }
    parameters.map(|Query(parameters)| (view, parameters))
}

/// A proof from the tiles that it is made of; none of what is not sealed yet.
async fn proved(mut view: View, proof: Proof) -> Result<Answer<Hashes>, Problem> {
    let hashes = hashes(view.connection(), proof).await?;
    Ok(view.answer(Hashes { hashes }))
}

/// The hashes of a proof, in base64; not found of what is not sealed yet.
pub(crate) async fn hashes(connection: &mut PgConnection, proof: Proof) -> Result<Vec<String>, Problem> {
    let beyond = |_| Problem::NotFound;
    let (mut levels, mut indexes) = (vec![], vec![]);
    for (level, index) in proof.tiles().map_err(beyond)? {
        levels.push(i16::from(level));
        indexes.push(index.cast_signed());
    }
    let rows = sqlx::query!(
        "select t.level, t.index, t.hashes from unnest($1::int2[], $2::int8[]) w (level, index)
         join record.tile t on t.level = w.level and t.index = w.index",
        &levels,
        &indexes
    );
    let rows = rows.fetch_all(connection).await?;
    let tiles: Tiles = rows
        .into_iter()
        .filter_map(|row| Some(((u8::try_from(row.level).ok()?, row.index.cast_unsigned()), row.hashes)))
        .collect();
    let hashes = proof.hashes(&tiles).map_err(beyond)?;
    Ok(hashes.iter().map(|hash| STANDARD.encode(hash)).collect())
}
