//! What one listener serves: the edges that this process plays, health checks, problems and the documentation.

mod document;
mod pages;
mod read_only;

use std::sync::Arc;
use std::time::Duration;

use api_kit::edge::within;
use api_kit::health::Readiness;
use api_kit::{Context, Edge, Operations, TrustedProxies, health, problem};
use axum::Router;

pub(crate) use document::document;
pub(crate) use read_only::read_only;

/// How long a handler may take until its answer begins; what streams may go on for longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The routes of a listener. Edges take different methods of the same paths: GET and HEAD are the query API's, every
/// other method is the command API's. What is among `uploads` takes as long as its body takes to come.
pub(crate) fn router(
    edges: impl IntoIterator<Item = Router>,
    uploads: impl IntoIterator<Item = Router>,
    readiness: Arc<dyn Readiness>,
    context: Context,
    trusted_proxies: TrustedProxies,
) -> Router {
    let document = document();
    let operations = Operations::of(&document);
    let common = health::routes(readiness, context.clone()).merge(problem::routes()).merge(pages::routes(document));
    let router = edges.into_iter().fold(common, Router::merge);
    let router = uploads.into_iter().fold(within(router, ANSWER_WITHIN), Router::merge);
    Edge { context, trusted_proxies, operations }.around(router)
}
