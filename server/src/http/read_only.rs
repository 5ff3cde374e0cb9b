//! Commands where what was is served: refused.

use api_kit::Problem;
use axum::Router;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::OpenApi;

/// Takes every command of the API, and refuses it.
pub(crate) fn read_only(document: &OpenApi) -> Router {
    let mut router = Router::new();
    for (path, item) in &document.paths.paths {
        let methods = [
            (item.post.is_some(), MethodFilter::POST),
            (item.put.is_some(), MethodFilter::PUT),
            (item.patch.is_some(), MethodFilter::PATCH),
            (item.delete.is_some(), MethodFilter::DELETE),
            // Queries have these too, and declare them with GET; by themselves they are an upload's.
            (item.head.is_some(), MethodFilter::HEAD),
            (item.options.is_some(), MethodFilter::OPTIONS),
        ];
        for (_, method) in methods.into_iter().filter(|(is_taken, _)| *is_taken) {
            router = router.route(path, on(method, async || Problem::ReadOnly));
        }
    }
    router
}
