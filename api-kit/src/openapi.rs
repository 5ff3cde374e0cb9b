//! What all operations have in common in the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Parameter, ParameterIn};
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
            components.schemas.insert(name, schema);
        }
    }
}

/// The problems that a command may be answered with.
#[derive(Clone, Copy, Debug)]
pub struct CommandProblems;

/// The problems that a query may be answered with.
#[derive(Clone, Copy, Debug)]
pub struct QueryProblems;

/// What a query is answered with besides that takes something well-formed but invalid.
#[derive(Clone, Copy, Debug)]
pub struct InvalidProblem;

impl IntoResponses for CommandProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 503, 507])
    }
}

impl IntoResponses for QueryProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[400, 401, 403, 404, 409, 429, 503])
    }
}

impl IntoResponses for InvalidProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[422])
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
        408 => "The body did not arrive in time",
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
}

/// The header that a command takes which changes something with a version.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation; `IfMatch` reads them")]
pub struct VersionHeader {
    /// The versions that the command may meet, such as `"v12"`: 412 if it meets another.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
}

/// What a query takes to see a position at least: `Min-Event-Position`, or `?min_position=`.
#[derive(Clone, Copy, Debug)]
pub struct QueryHeaders;

impl IntoParams for QueryHeaders {
    fn into_params(given: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [MinPositionHeader::into_params(&given), MinPositionParameter::into_params(&given)].concat()
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are documentation; `MinPosition` reads them")]
struct MinPositionHeader {
    /// The position that the answer must have seen. The greater counts if `min_position` is there too.
    #[param(rename = "Min-Event-Position", minimum = 0)]
    min_event_position: Option<i64>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are documentation; `MinPosition` reads them")]
struct MinPositionParameter {
    /// The position that the answer must have seen.
    #[param(minimum = 0)]
    min_position: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::OpenApi as _;

    #[utoipa::path(
        get,
        path = "/v1/things",
        params(QueryHeaders, crate::page::PageParameters),
        responses(QueryProblems)
    )]
    #[expect(dead_code, reason = "stands for an operation")]
    fn list_things() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list_things), modifiers(&Common))]
    struct Document;

    #[test]
    fn an_operation_refers_to_the_common_parts() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let operation = &document["paths"]["/v1/things"]["get"];
        let names: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Min-Event-Position", "min_position", "limit", "before", "after"]);
        let problem = &operation["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        let components = &document["components"];
        let fields: Vec<_> = components["schemas"]["Problem"]["properties"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["detail", "errors", "request_id", "status", "title", "type"]);
        assert!(components["schemas"]["FieldError"].is_object());
        assert_eq!(components["securitySchemes"]["token"]["scheme"], "bearer");
    }
}
