//! The receipt of an erasure.

use api_kit::openapi::QueryProblems;
use api_kit::{Answer, ErasureKey, Path, Problem, Query, RequestContext, shape};
use axum::extract::State;
use domain::id::ErasureId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::receipt::receipt;
use crate::Queries;

/// What opens it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// As it stands in the address that the erasure was answered with.
    token: Option<String>,
}

/// The receipt of an erasure, for whoever has its address: no session is needed, as there may be none any more.
///
/// It is final once every set of read models that there is has been purged, and the bytes of files that nobody else has
/// are gone: then the log says so. What proves it is in the receipt.
#[utoipa::path(
    get,
    path = "/v1/erasures/{id}",
    operation_id = "GetErasure",
    tag = "erasures",
    params(("id" = Uuid, Path, description = "The erasure"), Parameters),
    responses((status = 200, body = shape::Erasure), QueryProblems)
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    request: RequestContext,
    Path(id): Path<ErasureId>,
    Query(Parameters { token }): Query<Parameters>,
) -> Result<Answer<shape::Erasure>, Problem> {
    queries.limits.address(&request)?;
    let key = queries.erasures.get_or_try_init(|| ErasureKey::of(queries.store.keyring())).await?;
    // Whether it is there is not looked at before: a wrong token is answered alike, and as fast, for any.
    if !token.is_some_and(|token| key.opens(id.0, &token)) {
        return Err(Problem::NotFound);
    }
    let (seen, receipt) = receipt(&queries, id, key.address(id.0)).await?;
    Ok(Answer::seen(seen, receipt))
}
