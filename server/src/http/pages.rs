//! `/openapi.json` and `/docs`, of which nothing is fetched from elsewhere.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the page may load: this origin alone, and the styles and pictures that it brings in its own text.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// Serves the document and the page that shows it.
pub(super) fn routes(document: OpenApi) -> Router {
    let config = Config::new(["/openapi.json"])
        .validator_url("none") // else the page sends the document's address to one on the Internet
        .display_operation_id(true)
        .display_request_duration(true)
        .doc_expansion("none")
        .filter(true);
    Router::from(SwaggerUi::new("/docs").url("/openapi.json", document).config(config)).layer(map_response(confine))
}

async fn confine(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}
