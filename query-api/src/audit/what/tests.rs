use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use tower::ServiceExt;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;

use super::*;

const ID: &str = "0190a000-0000-7000-8000-000000000001";

/// What the record has of a look at an address.
async fn told(address: &str) -> String {
    let says = async |What(what): What| what;
    let routes =
        ["/v1/users", "/v1/search", "/v1/rooms/{room}/messages", "/v1/audit/tile/{*tile}", "/v1/erasures/{id}"];
    let app = routes.iter().fold(Router::new(), |app, route| app.route(route, get(says))).fallback(says);
    let answer = app.oneshot(Request::get(address).body(Body::empty()).unwrap()).await.unwrap();
    String::from_utf8(to_bytes(answer.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn ids_numbers_times_and_flags_are_told_as_they_came() {
    for address in [
        "/v1/users".to_owned(),
        format!("/v1/rooms/{ID}/messages"),
        format!("/v1/rooms/{ID}/messages?around={ID}&limit=20&pinned=true&min_position=7"),
        "/v1/users?after=7&before=2026-03-01T00:00:00Z".to_owned(),
    ] {
        assert_eq!(told(&address).await, address);
    }
    assert_eq!(told("/v1/users?as_of=2026-03-01T00%3A00%3A00Z").await, "/v1/users?as_of=2026-03-01T00:00:00Z");
}

/// Every character of a text percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn what_comes_encoded_is_told_as_it_is_understood() {
    let (id, room, around) = (encoded(ID), encoded("room"), encoded("around"));
    for (address, on_record) in [
        (format!("/v1/rooms/{id}/messages"), format!("/v1/rooms/{ID}/messages")),
        (format!("/v1/rooms/{}/messages", ID.replace('1', "%31")), format!("/v1/rooms/{ID}/messages")),
        (format!("/v1/rooms/{ID}/messages?{around}={id}"), format!("/v1/rooms/{ID}/messages?around={ID}")),
        (format!("/v1/search?{room}={ID}&%71=bob"), format!("/v1/search?room={ID}&q=*")),
        (format!("/v1/users?stream=user-{id}"), format!("/v1/users?stream=user-{ID}")),
        ("/v1/users?type=message%5Fsent".to_owned(), "/v1/users?type=message_sent".to_owned()),
        ("/v1/users?limit=%2B0%37&pinned=%74rue".to_owned(), "/v1/users?limit=7&pinned=true".to_owned()),
        ("/v1/users?to=2026-03-01t01:00:00.50%2B01:00".to_owned(), "/v1/users?to=2026-03-01T00:00:00.5Z".to_owned()),
        // What is decoded twice is something else.
        (format!("/v1/rooms/{}/messages", ID.replace('1', "%2531")), "/v1/rooms/*/messages".to_owned()),
    ] {
        assert_eq!(told(&address).await, on_record, "{address}");
    }
}

#[tokio::test]
async fn of_words_the_record_has_that_there_were_some() {
    for (address, on_record) in [
        ("/v1/users?q=bob@example.org&limit=5", "/v1/users?q=*&limit=5"),
        ("/v1/search?q=5551234&sender=bob", "/v1/search?q=*&sender=*"),
        ("/v1/users?bob@example.org", "/v1/users?*=*"),
        ("/v1/users?bob=1&%71=bob&&q", "/v1/users?*=*&q=*&q=*"),
        ("/v1/users?after=AWJvYg&limit=bob&pinned=bob&q=%FF", "/v1/users?after=*&limit=*&pinned=*&q=*"),
        (
            "/v1/erasures/0190a000-0000-7000-8000-000000000001?token=secret",
            "/v1/erasures/0190a000-0000-7000-8000-000000000001?token=*",
        ),
        ("/v1/rooms/bob@example.org/messages", "/v1/rooms/*/messages"),
        ("/v1/audit/tile/0/bob", "/v1/audit/tile/*"),
        ("/v1/bob@example.org", "*"),
    ] {
        assert_eq!(told(address).await, on_record);
    }
}

#[test]
fn of_filters_the_names_that_are_ours_are_told() {
    let membership = format!("membership-{ID}:{ID}");
    for (name, value, told) in [
        ("type", "message_sent", "message_sent"),
        ("type", "bob", "*"),
        ("stream", &*membership, &*membership),
        ("stream", "holds-instance", "holds-instance"),
        ("stream", "invite-AZCgAAAAcACAAAAAAAAAAQ", "invite-*"),
        ("stream", "bob-at-example.org", "*"),
        ("stream", "bob", "*"),
        ("actor", "bob", "*"),
    ] {
        assert_eq!(on_record(name, value), told, "{name}={value}");
    }
}

/// A parameter that is new says what it may hold.
#[test]
fn every_parameter_of_a_query_is_known() {
    let mut known = 0;
    for (path, item) in crate::document().paths.paths {
        for parameter in item.get.into_iter().flat_map(|operation| operation.parameters.unwrap_or_default()) {
            let RefOr::T(parameter) = parameter else { panic!("{path}: a parameter stands elsewhere") };
            if parameter.parameter_in == ParameterIn::Query {
                assert!(form(&parameter.name).is_some(), "{path}: {}", parameter.name);
                known += 1;
            }
        }
    }
    assert!(known > 30, "the parameters were not read");
}
