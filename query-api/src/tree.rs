//! The tree over the log: signed heads, tiles and proofs, for any auditor. They are hashes, so that nothing is put on record.

pub(crate) mod get_checkpoint;
pub(crate) mod get_checkpoint_key;
pub(crate) mod get_tile;
pub(crate) mod prove_consistency;
pub(crate) mod prove_inclusion;

use std::time::Duration;

use api_kit::{Answer, Problem};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use record::{Proof, Tiles};
use serde::Serialize;
use sqlx::PgConnection;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::{PATIENCE, View};
use crate::audit::SignedHead;

/// Pause before it is looked again whether enough is sealed.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Hashes that prove something, in the order of RFC 9162.
#[derive(Serialize, ToSchema)]
#[schema(as = Proof)]
pub(crate) struct Hashes {
    /// SHA-256 hashes in base64.
    hashes: Vec<String>,
}

/// A snapshot for an auditor, and what they ask for. To anybody else there is nothing here, whatever they ask for.
async fn auditor<T>(queries: &Queries, asker: &Asker, wanted: Result<T, Problem>) -> Result<(View, T), Problem> {
    let view = queries.signed_in(asker).await?;
    if !view.caller.is_auditor {
        return Err(Problem::NotFound);
    }
    wanted.map(|wanted| (view, wanted))
}

/// The newest head, and what an auditor asks for: once the head covers what the answer must have seen. An answer from
/// the record has seen what that head covers, however far the read models are.
async fn sealed<T>(queries: &Queries, asker: &Asker, wanted: Result<T, Problem>) -> Result<(SignedHead, T), Problem> {
    let deadline = Instant::now() + PATIENCE;
    let (view, wanted) = auditor(queries, asker, wanted).await?;
    // The snapshot would not see what is sealed meanwhile.
    drop(view);
    loop {
        let newest = SignedHead::newest(&queries.pool).await?;
        if let Some(head) = newest.filter(|head| head.size >= asker.min_position) {
            return Ok((head, wanted));
        }
        if Instant::now() >= deadline {
            return Err(Problem::ReadModelBehind);
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Refuses what no record ever has, so that it is told from what is not there yet: `part` is a number from 1 to that of
/// `whole`. Each is a parameter's name, and what it says.
fn is_within(part: (&str, u64), whole: (&str, u64)) -> Result<(), Problem> {
    if whole.1 == 0 {
        return Err(Problem::InvalidQuery(format!("{}: must be an integer from 1 on", whole.0)));
    }
    if (1..=whole.1).contains(&part.1) {
        Ok(())
    } else {
        Err(Problem::InvalidQuery(format!("{}: must be an integer from 1 to {}", part.0, whole.0)))
    }
}

/// A proof from the tiles that it is made of; none of what is not sealed yet.
async fn proved(queries: &Queries, asker: &Asker, wanted: Result<Proof, Problem>) -> Result<Answer<Hashes>, Problem> {
    let (head, proof) = sealed(queries, asker, wanted).await?;
    // Some proofs are made of no tiles, and would be had of any size.
    if proof.size() > head.size.cast_unsigned() {
        return Err(Problem::NotFound);
    }
    let hashes = hashes(&mut *queries.pool.acquire().await?, proof).await?;
    Ok(Answer::seen(head.size, Hashes { hashes }))
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
