use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post as posting;
use futures::StreamExt;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::harness::{Answered, ask, post, within_edge};

#[derive(Debug, Deserialize)]
struct Message {
    text: String,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    size: u32,
}

/// Answers the text and the sizes of the files.
async fn echo(Json(message): Json<Message>) -> String {
    format!("{} {:?}", message.text, message.files.iter().map(|file| file.size).collect::<Vec<_>>())
}

fn router() -> Router {
    within_edge(
        Router::new()
            .route("/", posting(echo))
            .route("/any", posting(async |Json(value): Json<Value>| value.to_string())),
    )
}

async fn send(body: impl Into<Body>) -> Answered {
    ask(&router(), post(body)).await
}

async fn refused(body: impl Into<Body>) -> Vec<(String, String)> {
    let answered = send(body).await;
    assert_eq!(answered.problem(), (422, "invalid".to_owned()));
    answered.errors()
}

fn error(pointer: &str, detail: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), detail.to_owned())]
}

#[tokio::test]
async fn a_body_that_may_be_left_away_is_read_where_there_is_one() {
    #[derive(Debug, Default, Deserialize)]
    struct Wish {
        #[serde(default)]
        text: String,
    }
    let wish = async |Optional { body, .. }: Optional<Wish>| format!("<{}>", body.text);
    let router = within_edge(Router::new().route("/", posting(wish)));
    assert_eq!(ask(&router, post(r#"{"text": "hi"}"#)).await.text, "<hi>");
    // Also where its end is only found by reading, as a server finds it behind a limit of time.
    let unknown = Body::from_stream(futures::stream::iter(Vec::<Result<&str, std::io::Error>>::new()));
    for nothing in [Body::empty(), unknown] {
        assert_eq!(ask(&router, Request::post("/").body(nothing).unwrap()).await.text, "<>");
    }
    assert_eq!(ask(&router, post(r#"{"text": 1}"#)).await.errors()[0].0, "/text");
    assert_eq!(ask(&router, post("{")).await.problem(), (400, "malformed-json".to_owned()));
    let nothing = Request::post("/").header("content-type", "application/x-www-form-urlencoded").body(Body::empty());
    assert_eq!(ask(&router, nothing.unwrap()).await.text, "<>", "nothing is of any type");
    let untyped = Request::post("/").body(Body::from("{}")).unwrap();
    assert_eq!(ask(&router, untyped).await.problem(), (415, "media-type".to_owned()));
}

#[tokio::test]
async fn a_body_is_read() {
    assert_eq!(send(r#"{"text": "hi", "files": [{"size": 3}]}"#).await.text, "hi [3]");
    for media_type in ["application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""] {
        let request =
            Request::post("/").header("content-type", media_type).body(Body::from(r#"{"text": "hi"}"#)).unwrap();
        assert_eq!(ask(&router(), request).await.status, 200, "{media_type}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    for body in
        ["", "{", "{'text': 1}", "{\"text\": \"hi\"} x", "\u{feff}{}", r#"{"text": 1e999}"#, r#"{"text": "\ud800"}"#]
    {
        assert_eq!(send(body).await.problem(), (400, "malformed-json".to_owned()), "{body}");
    }
    assert_eq!(send(b"{\"text\": \"\xff\"}".to_vec()).await.problem().1, "malformed-json");
}

#[tokio::test]
async fn another_media_type_is_refused() {
    for media_type in ["text/plain", "application/json; charset=latin1", "application/jsonp", "\u{e9}"] {
        let request = Request::post("/").header("content-type", media_type).body(Body::from("{}")).unwrap();
        assert_eq!(ask(&router(), request).await.problem(), (415, "media-type".to_owned()), "{media_type}");
    }
    let request = Request::post("/").body(Body::from("{}")).unwrap();
    assert_eq!(ask(&router(), request).await.problem().0, 415);
    let request = Request::post("/").body(Body::empty()).unwrap();
    assert_eq!(ask(&router(), request).await.problem().0, 400, "nothing has no type");
}

#[tokio::test]
async fn a_large_body_is_refused_announced_or_not() {
    let body = |length: usize| format!("{{\"text\": \"{}\"}}", "x".repeat(length - 12));
    assert_eq!(send(body(MOST_BYTES)).await.status, 200);
    assert_eq!(send(body(MOST_BYTES + 1)).await.problem(), (413, "too-large".to_owned()));
    let chunks = futures::stream::iter(0..3).map(|_| Ok::<_, std::io::Error>(vec![b' '; 65_536]));
    assert_eq!(send(Body::from_stream(chunks)).await.problem().0, 413);
    let announced =
        Request::post("/").header("content-type", "application/json").header("content-length", MOST_BYTES + 1);
    let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answered = tokio::time::timeout(Duration::from_secs(5), ask(&router(), announced.body(never).unwrap())).await;
    assert_eq!(answered.unwrap().problem().0, 413, "refused before it arrived");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_there() {
    let chunks = futures::stream::iter([Ok(b"{".to_vec()), Err(std::io::Error::other("gone"))]);
    assert_eq!(send(Body::from_stream(chunks)).await.problem(), (408, "request-timeout".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at() {
    assert_eq!(refused(r#"{"text": 5}"#).await, error("/text", "invalid type: integer 5, expected a string"));
    assert_eq!(refused("{}").await, error("/text", "required"));
    assert_eq!(refused(r#"{"text": "hi", "files": [{"size": 1}, {}]}"#).await, error("/files/1/size", "required"));
    let negative = "invalid value: integer -1, expected u32";
    assert_eq!(refused(r#"{"text": "hi", "files": [{"size": -1}]}"#).await, error("/files/0/size", negative));
}

#[tokio::test]
async fn fields_have_names() {
    for (body, found) in
        [("[]", "sequence"), (r#"["hi", []]"#, "sequence"), ("null", "null"), ("\"hi\"", "string \"hi\"")]
    {
        assert_eq!(refused(body).await, error("", &format!("invalid type: {found}, expected an object")));
    }
    let size = refused(r#"{"text": "hi", "files": [[3]]}"#).await;
    assert_eq!(size, error("/files/0", "invalid type: sequence, expected an object"));
}

#[tokio::test]
async fn unknown_fields_are_all_named() {
    let errors = refused(r#"{"text": "hi", "a/b~": 1, "files": [{"size": 1, "kind": {}}]}"#).await;
    assert_eq!(errors, [error("/a~1b~0", "unknown field"), error("/files/0/kind", "unknown field")].concat());
}

#[tokio::test]
async fn nul_is_refused_wherever_it_stands() {
    assert_eq!(refused(r#"{"text": "a\u0000b"}"#).await, error("/text", "contains U+0000"));
    assert_eq!(refused(r#"{"text": "", "x": [1, "\u0000"]}"#).await, error("/x/1", "contains U+0000"));
    assert_eq!(refused(r#"{"\u0000": 1}"#).await, error("/\0", "the key contains U+0000"));
    assert_eq!(send("{\"text\": \"\0\"}").await.problem().0, 400, "JSON does not have it unescaped");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\\[{\"\\\\\u{0}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(40, 200, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-z\\[{\"\u{0}]{0,3}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

proptest! {
    #[test]
    fn json_is_taken_unless_deep_or_with_nul(value in any_json(), wrap in 0..40_usize) {
        let value = (0..wrap).fold(value, |value, _| json!([value]));
        let text = value.to_string();
        let taken = Parsed::new(text.as_bytes()).is_ok();
        prop_assert_eq!(taken, levels(&value) <= MOST_LEVELS && !text.contains("\\u0000"));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![Just(b'['), Just(b'"'), Just(b'\\'), any::<u8>()], 0..200)) {
        let _ = Parsed::new(&bytes);
    }

    #[test]
    fn spacing_and_order_do_not_count(value in any_json()) {
        let canonical = |text: String| Parsed::new(text.as_bytes()).map(|parsed| parsed.canonical()).ok();
        prop_assert_eq!(canonical(value.to_string()), canonical(serde_json::to_string_pretty(&value).unwrap()));
    }
}

#[test]
fn order_of_keys_does_not_count_but_values_do() {
    let canonical = |text: &str| Parsed::new(text.as_bytes()).unwrap().canonical();
    assert_eq!(canonical(r#"{"a": 1, "b": [2, 3]}"#), canonical(r#"{"b":[2,3],"a":1}"#));
    assert_ne!(canonical(r#"{"a": 1}"#), canonical(r#"{"a": "1"}"#));
    assert_ne!(canonical("[2, 3]"), canonical("[3, 2]"));
    assert_ne!(canonical("[9007199254740993]"), canonical("[9007199254740992]"));
}
