//! `TunnelUpload`: a client that can send no other method than `POST` says which one it means.

use api_kit::openapi::CommandProblems;
use api_kit::{Path, Problem, Streamed};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use domain::id::FileId;

use super::protocol::meant;
use super::{append_upload, end_upload, get_upload};
use crate::Commands;
use crate::caller::Caller;

/// Does what the method in `X-HTTP-Method-Override` does: `PATCH`, `DELETE` or `HEAD`. tus 1.0.0.
///
/// It takes no `Idempotency-Key`, as none of them does.
#[utoipa::path(
    post,
    path = "/v1/uploads/{id}",
    operation_id = "TunnelUpload",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("X-HTTP-Method-Override" = String, Header, description = "The method that is meant"),
    ),
    request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "As of the method that is meant"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
    mut body: Streamed,
) -> Result<Response, Problem> {
    match meant(&headers) {
        Some(Method::PATCH) => append_upload::take(&commands, &caller, id, &headers, &mut body).await,
        Some(Method::HEAD) => get_upload::handle(State(commands), caller, Path(id)).await,
        Some(Method::DELETE) => {
            end_upload::handle(State(commands), caller, Path(id)).await.map(IntoResponse::into_response)
        }
        Some(_) | None => Err(Problem::MethodNotAllowed),
    }
}
