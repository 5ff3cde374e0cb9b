//! Bytes on their way in.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::sending::Sending;
use super::{count, file};
use crate::erasures::erases;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp};

/// SHA-256 of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[tokio::test]
async fn what_is_uploaded_is_on_record_with_its_hash_and_what_it_looks_like() {
    let app = TestApp::start().await;
    let alice = app.registers("alice").await;
    let answer = alice.upload("../Über\u{202e}.txt", "hello").await.expect(201);
    let expected = json!({
        "id": answer.id(), "owner_id": alice.id, "filename_visible": "..Über.txt", "size": 5,
        "hash": format!("sha256:{HELLO}"), "type": "text/plain", "uploaded_at": answer.body["uploaded_at"],
        "forwarded_from": null, "version": 1,
    });
    let mut body = answer.body.clone();
    assert_eq!(body.as_object_mut().unwrap().remove("position"), answer.position().map(Value::from));
    assert_eq!(body, expected);
    assert_eq!(answer.header("location"), Some(&*file(answer.id(), "")));
    let got = alice.get(&file(answer.id(), "")).await.expect(200);
    assert_eq!((&got.body, got.header("etag")), (&expected, Some("\"v1\"")));
    assert_eq!(app.setup.folder.path().join("blobs/kept/2c").join(HELLO).metadata().unwrap().len(), 5);

    // The bytes are believed, not the name.
    let png = alice.upload("cat.txt", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]).await.expect(201);
    assert_eq!(png.body["type"], "image/png");
    let nameless = alice.request("POST", "/v1/files").bytes("").send().await.expect(201);
    assert_eq!((&nameless.body["filename_visible"], &nameless.body["size"]), (&json!("file"), &json!(0)));
}

#[tokio::test]
async fn the_name_is_sealed_in_the_log() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let answer = alice.upload("canary.txt", "hello").await.expect(201);
    let stored = "select payload::text from log.events where position = $1";
    let stored: String = sqlx::query_scalar(stored).bind(answer.position()).fetch_one(&app.pool).await.unwrap();
    assert!(!stored.contains("canary") && stored.contains(HELLO) && stored.contains(&alice.id.to_string()), "{stored}");
}

#[tokio::test]
async fn the_same_bytes_are_kept_once_and_nothing_is_left_of_what_is_refused() {
    let app = Setup::without_nats().await.flag("--file-max-bytes=1KiB").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    for person in [&alice, &bob, &alice] {
        person.uploads("same", "hello").await;
    }
    assert_eq!(count(&app, "kept"), 1);
    let bytes = || vec![7_u8; 1025];
    alice.upload("large", bytes()).await.expect_problem(413, "too-large");
    let stream = || {
        reqwest::Body::wrap_stream(futures::stream::iter(
            bytes().chunks(100).map(<[u8]>::to_vec).map(Ok::<_, std::io::Error>).collect::<Vec<_>>(),
        ))
    };
    alice.upload("large", stream()).await.expect_problem(413, "too-large");
    let exactly = alice.upload("large", vec![7_u8; 1024]).await.expect(201);
    assert_eq!(exactly.body["size"], 1024);
    app.request("POST", "/v1/files?filename=x").bytes("x").send().await.expect_problem(401, "not-signed-in");
    let query = alice.request("POST", "/v1/files?colour=red").bytes("x").send().await;
    query.expect_problem(400, "invalid-query");
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 2));
}

#[tokio::test]
async fn a_digest_is_checked() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let upload = |digest: &str| {
        alice.request("POST", "/v1/files?filename=x").header("content-digest", digest).bytes("hello").send()
    };
    upload("sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:").await.expect(201);
    upload("sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:").await.expect_problem(422, "digest-mismatch");
    upload("sha-256=hello").await.expect_problem(400, "invalid-header");
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 1));
}

#[tokio::test]
async fn the_same_request_again_is_the_same_file() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let upload = |name: &str, bytes: &'static str| {
        let request = alice.request("POST", &format!("/v1/files?filename={name}")).header("idempotency-key", "once");
        request.bytes(bytes).send()
    };
    let (first, again) = (upload("a", "hello").await.expect(201), upload("a", "hello").await.expect(201));
    assert_eq!((&first.body, again.header("idempotent-replayed")), (&again.body, Some("true")));
    upload("a", "other").await.expect_problem(422, "idempotency-key-reused");
    upload("b", "hello").await.expect_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let before = app.head().await;
    let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /v1/files?filename=x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100000\r\n\r\n",
        alice.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![7; 50_000]).await.unwrap();
    stream.shutdown().await.unwrap();
    // The server has read to the end, and let go.
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!((count(&app, "arriving"), count(&app, "kept"), app.head().await), (0, 0, before));
}

#[tokio::test]
async fn what_is_on_its_way_ends_with_its_session_and_leaves_nothing() {
    let app = TestApp::without_nats().await;
    let (admin, alice) = (app.administrator("admin").await, app.registers("alice").await);
    let (bob, carol, dave) = (app.registers("bob").await, app.registers("carol").await, app.registers("dave").await);
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let laptop = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    let mut uploads = vec![];
    for person in [&phone, &laptop, &carol, &dave] {
        let head = "POST /v1/files?filename=x HTTP/1.1\r\nContent-Length: 5";
        uploads.push(Sending::begins(person, head, b"hel").await);
    }
    assert_eq!(count(&app, "arriving"), 4);
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    let change = json!({"current": PASSWORD, "new": "another rather long one"});
    bob.put("/v1/users/me/password", change).await.expect(204);
    admin.put(&format!("/v1/users/{}/suspension", carol.id), json!({})).await.expect(204);
    erases(&dave).await.expect(200);
    for upload in uploads {
        let told = upload.answer().await;
        assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    }
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 0));
}

#[tokio::test]
async fn a_session_is_looked_at_once_however_much_comes_in_it() {
    // Nobody else reads streams meanwhile.
    let roles = "--roles=command-api,query-api,projector";
    let app = Setup::without_nats().await.flag(roles).start().await;
    let alice = app.registers("alice").await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let mut uploads = vec![];
    for _ in 0..8 {
        let head = "POST /v1/files?filename=x HTTP/1.1\r\nContent-Length: 5";
        uploads.push(Sending::begins(&phone, head, b"hel").await);
    }
    app.settled().await;
    // Whoever looks has to wait, until all have had more than the second after which they look again.
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::raw_sql("begin; lock table log.events in access exclusive mode").execute(&mut holder).await.unwrap();
    let looks = "select count(*), coalesce(max(extract(epoch from clock_timestamp() - query_start)), 0)::float8 \
         from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' \
         and query like '%FROM log.events%ORDER BY sequence'";
    let deadline = Instant::now() + Duration::from_secs(20);
    let waiting = loop {
        let (waiting, longest): (i64, f64) = sqlx::query_as(looks).fetch_one(&app.pool).await.unwrap();
        if longest > 1.5 {
            break waiting;
        }
        assert!(Instant::now() < deadline, "nobody looks");
        // Polls what waits for the lock.
        sleep(Duration::from_millis(5)).await;
    };
    sqlx::raw_sql("rollback").execute(&mut holder).await.unwrap();
    assert_eq!(waiting, 1);
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    for upload in uploads {
        let told = upload.answer().await;
        assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    }
}
