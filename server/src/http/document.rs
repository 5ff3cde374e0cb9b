//! The OpenAPI document of the whole API, whichever part of it a process serves.

use api_kit::health::Report;
use api_kit::openapi::Common;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, Required, ResponseBuilder};
use utoipa::{Modify, PartialSchema, ToSchema};

/// What stands above the operations.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hansard",
        version = "1",
        description = "A chat server that keeps the record. `GET` and `HEAD` are the query API's, every other method is the \
            command API's; one process may serve both, or a reverse proxy splits them by method. Every problem has its \
            page at `/problems/{slug}`.",
        license(name = "AGPL-3.0-only", identifier = "AGPL-3.0-only")
    ),
    servers((url = "/", description = "This server"))
)]
struct Top;

/// The document of every operation.
pub(crate) fn document() -> OpenApi {
    let mut document = <Top as utoipa::OpenApi>::openapi();
    document.merge(command_api::document());
    document.merge(query_api::document());
    add_own(&mut document);
    Common.modify(&mut document);
    document
}

/// Adds what the server answers besides its edges.
fn add_own(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.insert(Report::name().into_owned(), Report::schema());
    let mut nested = Vec::new();
    Report::schemas(&mut nested);
    schemas.extend(nested);
    let json = || ContentBuilder::new().schema(Some(Ref::from_schema_name(Report::name()))).build();
    let is = |description: &str| ResponseBuilder::new().description(description);
    let ready = is("It serves, perhaps without NATS").content("application/json", json()).build();
    let not_ready = is("It cannot serve; see Retry-After").content("application/json", json()).build();
    let slug = ParameterBuilder::new().name("slug").parameter_in(ParameterIn::Path).required(Required::True);
    let of = |id: &str, summary: &str| {
        OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)).tag("operations")
    };
    for (path, operation) in [
        ("/healthz", of("Live", "Whether the process lives").response("200", is("It does"))),
        ("/readyz", of("Ready", "Whether it can serve").response("200", ready).response("503", not_ready)),
        (
            "/problems/{slug}",
            of("ExplainProblem", "What a problem's type means")
                .parameter(slug.schema(Some(String::schema())))
                .response("200", is("A page for people"))
                .response("404", is("There is no such problem")),
        ),
        ("/openapi.json", of("Describe", "This document").response("200", is("OpenAPI 3.1"))),
        ("/docs/", of("ReadManual", "This document as a page").response("200", is("A page for people"))),
    ] {
        document.paths.paths.insert(path.to_owned(), PathItem::new(HttpMethod::Get, operation));
    }
}
