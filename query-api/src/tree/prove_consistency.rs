//! That a later record begins with an earlier one.

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
    /// Events that the earlier record covers, at least one and at most `to`.
    #[param(minimum = 1)]
    from: u64,
    /// Events that the later one covers.
    #[param(minimum = 1)]
    to: u64,
}

/// Proves that the record of `to` events begins with that of `from`: nothing before was changed, removed or reordered.
///
/// `Event-Position` is what the newest checkpoint covers: that is waited for where a minimum position is asked for.
#[utoipa::path(
    get,
    path = "/v1/audit/proofs/consistency",
    operation_id = "ProveConsistency",
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
        let Self { from, to } = self;
        is_within(("from", from), ("to", to))?;
        Ok(Proof::Consistency { from, to })
    }
}
