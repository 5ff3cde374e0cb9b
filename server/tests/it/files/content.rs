//! Bytes on their way out.

use std::io::ErrorKind;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::file;
use crate::harness::{Answer, Person, TestApp};

/// SHA-256 of the digits.
const DIGITS: &str = "\"sha256-84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\"";

async fn asks(person: &Person, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(person.request(method, path), |request, (name, value)| request.header(name, value));
    request.header("min-event-position", "0").send().await
}

#[tokio::test]
async fn bytes_come_whole_in_part_and_not_at_all() {
    come_whole_in_part_and_not_at_all(&TestApp::without_nats().await).await;
}

pub(super) async fn come_whole_in_part_and_not_at_all(app: &TestApp) {
    let alice = app.registers("alice").await;
    let path = file(alice.uploads("digits.txt", "0123456789").await, "/content");
    app.settled().await;
    let whole = asks(&alice, "GET", &path, &[]).await.expect(200);
    let headers = ["content-type", "content-length", "accept-ranges", "etag", "content-disposition"];
    let of = |answer: &Answer| headers.map(|name| answer.header(name).map(str::to_owned));
    let expected = ["text/plain", "10", "bytes", DIGITS, "attachment; filename=\"digits.txt\""];
    assert_eq!((whole.text.as_str(), of(&whole)), ("0123456789", expected.map(|text| Some(text.to_owned()))));
    let guards = ["x-content-type-options", "content-security-policy", "cache-control"];
    assert_eq!(guards.map(|name| whole.header(name).unwrap()), ["nosniff", "sandbox", "private, no-store"]);
    let head = asks(&alice, "HEAD", &path, &[("range", "bytes=1-2")]).await.expect(200);
    assert_eq!((head.text.as_str(), of(&head)), ("", of(&whole)));

    for (headers, status, text, part) in [
        (&[("range", "bytes=2-4")][..], 206, "234", Some("bytes 2-4/10")),
        (&[("range", "bytes=-3")], 206, "789", Some("bytes 7-9/10")),
        (&[("range", "bytes=2-4"), ("if-range", DIGITS)], 206, "234", Some("bytes 2-4/10")),
        (&[("range", "bytes=2-4"), ("if-range", "\"other\"")], 200, "0123456789", None),
        (&[("range", "bytes=0-1,4-5")], 200, "0123456789", None),
        (&[("if-none-match", "\"other\"")], 200, "0123456789", None),
        (&[("if-none-match", DIGITS)], 304, "", None),
        (&[("if-none-match", "*"), ("range", "bytes=2-4")], 304, "", None),
    ] {
        let answer = asks(&alice, "GET", &path, headers).await.expect(status);
        assert_eq!((answer.text.as_str(), answer.header("content-range")), (text, part), "{headers:?}");
        assert_eq!(answer.header("etag"), Some(DIGITS));
    }
    let beyond = asks(&alice, "GET", &path, &[("range", "bytes=10-")]).await.expect_problem(416, "no-such-range");
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
}

#[tokio::test]
async fn images_alone_are_shown_in_the_browser() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let png = alice.uploads("cat.png", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]).await;
    let html = alice.uploads("cat.png", "<!DOCTYPE html><script>alert(1)</script>").await;
    for (id, query, how) in
        [(png, "?inline=true", "inline"), (png, "", "attachment"), (html, "?inline=true", "attachment")]
    {
        let answer = alice.get(&file(id, &format!("/content{query}"))).await.expect(200);
        let disposition = answer.header("content-disposition").unwrap();
        assert_eq!(disposition, format!("{how}; filename=\"cat.png\""), "{query}");
    }
    alice.get(&file(png, "/content?inline=perhaps")).await.expect_problem(400, "invalid-query");
}

/// Reads a download slowly to its end: whether it was cut, and how much came.
pub(crate) async fn breaks_off(download: reqwest::Response) -> (bool, usize) {
    let (mut stream, mut got) = (download.bytes_stream(), 0);
    loop {
        match stream.next().await {
            Some(Ok(bytes)) => got += bytes.len(),
            Some(Err(_)) => return (true, got),
            None => return (false, got),
        }
        // Plays a slow reader: the server waits for it, and looks again before it sends more.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_open_download_stops_once_access_is_lost() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let size = 64 * 1024 * 1024;
    let id = alice.uploads("large", vec![7_u8; size]).await;
    alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    for ends in ["removal", "signing out"] {
        let path = file(id, "/content");
        let answer = bob.request("GET", &path).raw().send().await.unwrap();
        assert_eq!(answer.status(), 200);
        // What is on its way by now fits into buffers, the rest of the file does not.
        if ends == "removal" {
            alice.removes(&room, &bob).await;
        } else {
            bob.delete("/v1/sessions/current").await.expect(204);
        }
        let lost = tokio::time::Instant::now();
        let (broken, got) = breaks_off(answer).await;
        assert!(broken && got < size, "{ends}: {got} of {size} after {:?}", lost.elapsed());
        if ends == "removal" {
            bob.get(&path).await.expect_problem(404, "not-found");
            alice.adds(&room, &bob).await;
            app.settled().await;
        }
    }
}

#[tokio::test]
async fn a_download_that_is_not_read_is_cut_as_soon() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("large", vec![7_u8; 64 * 1024 * 1024]).await;
    alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    for ends in ["removal", "signing out"] {
        let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap();
        let path = file(id, "/content");
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", bob.token);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.read_exact(&mut [0; 1024]).await.unwrap();
        // From here on it reads nothing.
        if ends == "removal" {
            alice.removes(&room, &bob).await;
        } else {
            bob.delete("/v1/sessions/current").await.expect(204);
        }
        timeout(Duration::from_secs(1), stream.ready(Interest::ERROR)).await.expect(ends).unwrap();
        assert_eq!(stream.take_error().unwrap().unwrap().kind(), ErrorKind::ConnectionReset);
        if ends == "removal" {
            alice.adds(&room, &bob).await;
            app.settled().await;
        }
    }
}

#[tokio::test]
async fn what_is_behind_is_waited_for() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    for number in 0..50 {
        // No minimum position: an owner finds their file from the answer on.
        let id = alice.upload("x", number.to_string()).await.expect(201).id();
        let answer = asks(&alice, "GET", &file(id, "/content"), &[]).await.expect(200);
        assert_eq!(json!(answer.text), json!(number.to_string()));
        asks(&alice, "DELETE", &file(id, ""), &[]).await.expect(204);
        asks(&alice, "GET", &file(id, "/content"), &[]).await.expect_problem(404, "not-found");
    }
}
