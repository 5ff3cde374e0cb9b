//! Server-sent events, and sign-in by cookie.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::harness::{Person, TestApp, client};

/// Events as they come: id and data.
struct Events {
    response: reqwest::Response,
    read: String,
}

impl Events {
    async fn open(person: &Person, since: Option<i64>) -> Self {
        let mut request = person.request("GET", "/v1/stream").header("accept", "text/event-stream");
        if let Some(since) = since {
            request = request.header("last-event-id", since.to_string());
        }
        let response = request.raw().send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        Self { response, read: String::new() }
    }

    async fn next(&mut self) -> (Option<i64>, Value) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let id = event.lines().find_map(|line| line.strip_prefix("id: ")?.parse().ok());
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(serde_json::from_str);
                let (data, rest) = (data.map(Result::unwrap), rest.to_owned());
                self.read = rest;
                if let Some(data) = data {
                    return (id, data);
                }
            } else {
                let chunk = self.response.chunk().await.unwrap().expect("it goes on");
                self.read.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        }
    }
}

/// What is answered to who asks for a socket with further headers.
async fn handshake(app: &TestApp, headers: &[(&str, &str)]) -> reqwest::Response {
    let request = client()
        .get(format!("{}/v1/stream", app.url))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "chat, hansard.v1")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

#[tokio::test]
async fn events_are_the_same_frames() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut events = Events::open(&alice, None).await;
    let (id, ready) = events.next().await;
    assert_eq!((ready["type"].as_str(), ready["position"].as_i64()), (Some("ready"), id));
    let mut listener = alice.listens().await;
    let sent = alice.sends(&room, "hello\nthere").await;
    let (id, mut frame) = events.next().await;
    assert_eq!(id, Some(sent.position));
    assert_eq!(frame["prev_position"], ready["position"]);
    frame["prev_position"] = json!(listener.ready);
    assert_eq!(frame, listener.hears().await);

    alice.sends(&room, "and on").await;
    let mut events = Events::open(&alice, id).await;
    let (id, ready) = events.next().await;
    assert_eq!((id, &ready["type"]), (None, &json!("ready")));
    let (_, resumed) = events.next().await;
    let said = (&resumed["prev_position"], &resumed["data"]["data"]["text"]);
    assert_eq!(said, (&json!(sent.position), &json!("and on")));

    // Either way to say where one goes on, with either kind of stream.
    let asked = alice.request("GET", &format!("/v1/stream?since={}", sent.position)).raw().send().await.unwrap();
    let mut events = Events { response: asked, read: String::new() };
    events.next().await;
    assert_eq!(events.next().await.1, resumed);
    // Who comes back by the address that they began with says in the header how far they came since.
    let again = alice.request("GET", "/v1/stream?since=0").header("last-event-id", sent.position.to_string());
    let mut events = Events { response: again.raw().send().await.unwrap(), read: String::new() };
    events.next().await;
    assert_eq!(events.next().await.1, resumed);
    let (token, last) = (format!("Bearer {}", alice.token), sent.position.to_string());
    let socket = handshake(&app, &[("authorization", &token), ("last-event-id", &last)]).await;
    let (mut socket, mut heard) = (socket.upgrade().await.unwrap(), vec![]);
    while !String::from_utf8_lossy(&heard).contains("and on") {
        socket.read_buf(&mut heard).await.unwrap();
        assert!(heard.len() < 4096, "{}", String::from_utf8_lossy(&heard));
    }
    assert!(!String::from_utf8_lossy(&heard).contains("there"), "what one was told is not told again");
}

#[tokio::test]
async fn events_end_with_the_session() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let events = Events::open(&alice, None).await;
    alice.delete("/v1/sessions/current").await.expect(204);
    events.response.text().await.unwrap();
}

#[tokio::test]
async fn a_cookie_opens_a_socket_from_its_own_origin_alone() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let own = app.url.clone();
    let cookie = format!("session={}", alice.token);
    for (page, status) in [
        (Some(("origin", own.as_str())), 101),
        (Some(("origin", "https://evil.example")), 403),
        (Some(("sec-fetch-site", "same-origin")), 101),
        (Some(("sec-fetch-site", "same-site")), 403),
        (None, 403),
    ] {
        let headers: Vec<_> = page.into_iter().chain([("cookie", cookie.as_str())]).collect();
        let response = handshake(&app, &headers).await;
        assert_eq!(response.status(), status, "{page:?}");
        if status == 101 {
            assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assert_eq!(response.headers()["sec-websocket-protocol"], "hansard.v1");
        }
    }
}

#[tokio::test]
async fn a_handshake_of_another_kind_is_refused() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let ask = |name: &str, value: &str| {
        let mut request = alice.request("GET", "/v1/stream");
        for (other, usual) in [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-protocol", "hansard.v1"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            request = request.header(other, if name == other { value } else { usual });
        }
        request.send()
    };
    ask("sec-websocket-version", "8").await.expect_problem(400, "invalid-header");
    ask("sec-websocket-protocol", "soap").await.expect_problem(400, "invalid-header");
    app.get("/v1/stream").await.expect_problem(401, "not-signed-in");
}
