//! The commands' part of the OpenAPI document.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Header, OpenApi, RefOr};

/// The commands' part of the OpenAPI document.
pub fn document() -> OpenApi {
    let mut document = crate::every().merge(crate::files::uploads()).merge(crate::uploads::routes()).into_openapi();
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            // A signal is relayed and forgotten.
            if operation.operation_id.as_deref() != Some("SendSignal") {
                say_headers(operation);
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Adds the headers that every success has, so that no command has to repeat them.
fn say_headers(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if !status.starts_with('2') {
            continue;
        }
        let position = header(Type::Integer, "The place of the command's last event in the log");
        let replayed = header(Type::Boolean, "There, and true, if the same request took effect before");
        response.headers.insert("Event-Position".to_owned(), position.into());
        response.headers.insert("Idempotent-Replayed".to_owned(), replayed.into());
        if status == "201" {
            let location = header(Type::String, "The address of what was created");
            response.headers.insert("Location".to_owned(), location.into());
        }
    }
}

fn header(of: Type, description: &str) -> Header {
    HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(of))).description(Some(description)).build()
}
