//! Names of routes: the operation ids of the OpenAPI document.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::Method;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};

/// A method of a route, and the name of its operation.
type Named = (Method, Arc<str>);

/// The name of each method of each route, as spans have it: `http.send_message` of operation `SendMessage`.
#[derive(Clone, Debug)]
pub struct Operations {
    routes: Arc<HashMap<String, Vec<Named>>>,
    unnamed: Arc<str>,
}

impl Default for Operations {
    fn default() -> Self {
        Self { routes: Arc::default(), unnamed: span("unnamed") }
    }
}

impl Operations {
    /// The operations of a document whose paths are those of the router.
    pub fn of(document: &OpenApi) -> Self {
        let names = |item: &PathItem| {
            methods(item)
                .into_iter()
                .filter_map(|(method, operation)| {
                    Some((method, span(&snake_case(operation?.operation_id.as_deref()?))))
                })
                .collect()
        };
        let routes = document.paths.paths.iter().map(|(path, item)| (path.clone(), names(item))).collect();
        Self { routes: Arc::new(routes), ..Self::default() }
    }

    /// The name of `method` on `route`; `http.unnamed` if the document has none.
    pub(super) fn name(&self, method: &Method, route: &str) -> Arc<str> {
        let find = |method: &Method| self.routes.get(route).into_iter().flatten().find(|(known, _)| known == method);
        // HEAD is answered by what answers GET, where nothing else does.
        let named = find(method).or_else(|| find(&Method::GET).filter(|_| method == Method::HEAD));
        Arc::clone(named.map_or(&self.unnamed, |(_, name)| name))
    }
}

fn span(operation: &str) -> Arc<str> {
    format!("http.{operation}").into()
}

fn methods(item: &PathItem) -> [(Method, Option<&Operation>); 7] {
    [
        (Method::GET, item.get.as_ref()),
        (Method::POST, item.post.as_ref()),
        (Method::PUT, item.put.as_ref()),
        (Method::PATCH, item.patch.as_ref()),
        (Method::DELETE, item.delete.as_ref()),
        (Method::HEAD, item.head.as_ref()),
        (Method::OPTIONS, item.options.as_ref()),
    ]
}

/// `SendMessage` as `send_message`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
