//! That an event is in the record.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, Problem, Query};
use axum::extract::State;
use record::Proof;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Hashes, is_within, proved};
use crate::Queries;
use crate::asker::Asker;

/// What is to be proved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// Position of the event, at most `size`.
    #[param(minimum = 1)]
    position: u64,
    /// Events that the record covers.
    #[param(minimum = 1)]
    size: u64,
}

/// Proves that an event is in the record of so many events: what its leaf must be hashed with, to get that record's root.
///
/// `Event-Position` is what the newest checkpoint covers: that is waited for where a minimum position is asked for.
#[utoipa::path(
    get,
    path = "/v1/audit/proofs/inclusion",
    operation_id = "ProveInclusion",
    tag = "audit",
    params(Parameters, QueryHeaders),
    responses((status = 200, body = Hashes), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    parameters: Result<Query<Parameters>, Problem>,
) -> Result<Answer<Hashes>, Problem> {
    let wanted = parameters.and_then(|Query(parameters)| parameters.proof());
    proved(&queries, &asker, wanted).await
}

impl Parameters {
    fn proof(self) -> Result<Proof, Problem> {
        let Self { position, size } = self;
        is_within(("position", position), ("size", size))?;
        Ok(Proof::Inclusion { position, size })
    }
}
