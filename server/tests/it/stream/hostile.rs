//! Clients that break the rules, or do not keep up: it costs them their own stream.

use std::time::Duration;

use client::Connection;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{Listener, Person, Setup, TestApp};

/// A connection that is a WebSocket, to be written and read byte by byte.
async fn raw(app: &TestApp, person: &Person) -> TcpStream {
    let address = app.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /v1/stream HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\nconnection: upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        person.token,
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The code that a client is sent off with after it sent these bytes, and goes on with more of `then`.
async fn sent_off(app: &TestApp, person: &Person, bytes: &[u8], then: &[u8]) -> u16 {
    let mut stream = raw(app, person).await;
    stream.write_all(bytes).await.unwrap();
    let (mut reads, mut writes) = stream.into_split();
    let heard = async {
        let mut heard = vec![];
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = reads.read(&mut chunk).await {
            heard.extend_from_slice(&chunk[..count]);
        }
        heard
    };
    let writes_on = async {
        while !then.is_empty() && writes.write_all(then).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    let heard = timeout(Duration::from_secs(10), async {
        tokio::select! {
            heard = heard => heard,
            () = writes_on => unreachable!("it never ends"),
        }
    });
    let heard = heard.await.expect("it is sent off in time");
    // A frame that closes: 0x88, its length, the code.
    let close = heard.windows(4).rposition(|bytes| bytes[0] == 0x88 && usize::from(bytes[1]) < 126);
    let close = close.unwrap_or_else(|| panic!("no close in {:?}", String::from_utf8_lossy(&heard)));
    u16::from_be_bytes([heard[close + 2], heard[close + 3]])
}

/// A frame as clients send it: masked, by a key of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
    bytes.extend_from_slice(payload);
    bytes
}

#[tokio::test]
async fn frames_that_break_the_rules_end_the_stream_that_sent_them() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mallory = app.registers("mallory").await;
    let mut listener = alice.listens().await;
    let mut huge = vec![0x81, 0xff];
    huge.extend_from_slice(&(1_u64 << 63).to_be_bytes());
    huge.extend_from_slice(&[0; 4]);
    let fragment = frame(0x00, &[b'a'; 100]);
    for (what, bytes, then, code) in [
        ("a length of 2^63", huge, &[][..], 1009),
        ("endless fragments", frame(0x01, b"a"), &fragment[..], 1009),
        ("no UTF-8", frame(0x81, &[0xff, 0xfe]), &[], 1007),
        ("bytes", frame(0x82, b"\0\x01"), &[], 1003),
        ("a reserved bit", frame(0xc1, b"{}"), &[], 1002),
        ("no mask", vec![0x81, 0x02, b'{', b'}'], &[], 1002),
        ("no JSON", frame(0x81, b"hello"), &[], 4000),
        ("an unknown type", frame(0x81, br#"{"type":"shutdown"}"#), &[], 4000),
        ("an unknown field", frame(0x81, br#"{"type":"ping","x":1}"#), &[], 4000),
    ] {
        assert_eq!(sent_off(&app, &mallory, &bytes, then).await, code, "{what}");
    }
    alice.sends(&room, "nothing happened").await;
    listener.hears_of("message_sent").await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_sent_off_and_comes_back() {
    let app = Setup::without_nats().await.flag("--stream-queue=64").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (mut at_alice, slow) = (alice.listens().await, Listener::open_narrow(&bob).await);
    let since = slow.ready;
    // 64 KiB again and again, until the network (some MiB) and the queue hold no more.
    let text = "🐌".repeat(16_000);
    let (mut last, mut sent) = (0, 0);
    while !app.metrics().await.contains(r#"hansard_stream_closed_total{reason="too slow"} 1"#) {
        let sends = futures::future::join_all((0..20).map(|_| alice.sends(&room, &text))).await;
        last = sends.iter().map(|sent| sent.position).max().unwrap();
        sent += sends.len();
        assert_eq!(at_alice.until(last).await.len(), sends.len(), "others are told");
        assert!(sent < 1000, "it is kept up with for ever");
    }
    let (code, frames) = slow.ends().await;
    assert_eq!(code, Some(4008));
    assert!(frames.len() < sent, "{}", frames.len());
    assert_eq!(bob.listens_since(since).await.until(last).await.len(), sent);
}

#[tokio::test]
async fn who_gives_no_sign_of_life_is_sent_off() {
    let app = Setup::without_nats().await.flag("--stream-silence=500ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let mut answering = raw(&app, &bob).await;
    let (code, ()) = tokio::join!(sent_off(&app, &alice, b"", b""), async {
        // Five times as long as it may be silent: it answers, and says nothing else.
        for _ in 0..12 {
            asked_for_a_sign(&mut answering).await;
            answering.write_all(&frame(0x8a, b"")).await.unwrap();
        }
    });
    assert_eq!(code, 4002);
}

/// Reads on until the server asks for a sign of life.
async fn asked_for_a_sign(stream: &mut TcpStream) {
    let asked = async {
        let mut before = 0;
        loop {
            match (before, stream.read_u8().await.expect("it is not sent off")) {
                (0x89, 0) => return,
                (_, byte) => before = byte,
            }
        }
    };
    timeout(Duration::from_secs(10), asked).await.expect("it is asked in time");
}

#[tokio::test]
async fn nobody_has_more_streams_than_the_limit() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let mut listeners: Vec<Listener> = vec![];
    for _ in 0..64 {
        listeners.push(alice.listens().await);
    }
    alice.request("GET", "/v1/stream").send().await.expect_problem(409, "limit-reached");
    drop(listeners.pop());
    // Its place is free a moment after it left.
    while Connection::open(&app.url, &alice.token, None).await.is_err() {}
    let sent = alice.put("/v1/users/me/settings", json!({"a": 1})).await.position().unwrap();
    assert_eq!(listeners[0].until(sent).await.len(), 1);
}
