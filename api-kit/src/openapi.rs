//! What all operations have in common in the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, Modify, PartialSchema, ToSchema};

use crate::problem::{FieldError, ProblemDocument};

/// Adds how one signs in (`token`, `cookie`) and the problem document to an OpenAPI document.
#[derive(Clone, Copy, Debug)]
pub struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Components::default);
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie =
            ApiKeyValue::with_description("__Host-session", "Of browsers, with `\"cookie\": true` at sign-in.");
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        for (name, schema) in
            [("Problem".to_owned(), ProblemDocument::schema()), (FieldError::name().into_owned(), FieldError::schema())]
        {
            components.schemas.insert(name, schema.into());
        }
    }
}

/// The problems that a command may be answered with.
#[derive(Clone, Copy, Debug)]
pub struct CommandProblems;

/// The problems that a query may be answered with.
#[derive(Clone, Copy, Debug)]
pub struct QueryProblems;

impl IntoResponses for CommandProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503, 507])
    }
}

impl IntoResponses for QueryProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 409, 429, 503])
    }
}

fn problems(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let problem = |status: &u16| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            ResponseBuilder::new().description(meaning(*status)).content("application/problem+json", content);
        (status.to_string(), RefOr::T(response.build()))
    };
    statuses.iter().map(problem).collect()
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Malformed JSON, query or header",
        401 => "Not signed in",
        403 => "You may see it but not do this",
        404 => "It is not there, or you may not know that it is",
        409 => "The state forbids it",
        412 => "Another version than If-Match names",
        413 => "Too large",
        415 => "Another media type",
        422 => "Well-formed but invalid",
        429 => "Too many; see Retry-After",
        503 => "Not now; see Retry-After",
        507 => "Storage is full; see Retry-After",
        _ => "A bug",
    }
}

/// The headers that a command takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation; extractors read them")]
pub struct CommandHeaders {
    /// Your own name for this command, 1 to 128 visible ASCII characters: sent again, it takes effect once.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
    /// The versions that the command may meet, such as `"v12"`.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
}

/// The headers that a query takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation; extractors read them")]
pub struct QueryHeaders {
    /// The position that the answer must have seen; `?min_position=` says the same.
    #[param(rename = "Min-Event-Position", minimum = 0)]
    min_event_position: Option<i64>,
}
