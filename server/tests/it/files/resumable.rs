//! tus 1.0.0: each MUST of the protocol.

mod cut;
mod ended;
mod erased;
mod meanwhile;

use serde_json::json;
use uuid::Uuid;

use super::{count, file};
use crate::harness::{Answer, Person, Setup, TestApp};

/// `hello.txt` in base64, and no more.
const METADATA: &str = "filename aGVsbG8udHh0,filetype dGV4dC9odG1s";

/// A request of tus.
async fn tus(person: &Person, method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Answer {
    let request = person.request(method, path).header("tus-resumable", "1.0.0");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    let answer = request.bytes(body).send().await;
    assert_eq!(answer.header("tus-resumable"), Some("1.0.0"), "in every answer");
    answer
}

/// An upload of so many bytes, which is at the address that comes back.
async fn begins(person: &Person, length: &str) -> String {
    let headers = [("upload-length", length), ("upload-metadata", METADATA)];
    let answer = tus(person, "POST", "/v1/uploads", &headers, "").await.expect(201);
    assert!(answer.header("upload-expires").unwrap().ends_with(" GMT"));
    answer.header("location").unwrap().to_owned()
}

async fn brings(person: &Person, path: &str, offset: &str, body: &'static str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("upload-offset", offset), ("content-type", "application/offset+octet-stream")];
    headers.extend(more);
    tus(person, "PATCH", path, &headers, body).await
}

/// Where an upload is.
async fn offset(person: &Person, path: &str) -> String {
    let answer = tus(person, "HEAD", path, &[], "").await.expect(200);
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    answer.header("upload-offset").unwrap().to_owned()
}

fn id(answer: &Answer) -> Uuid {
    answer.header("hansard-file-id").unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_comes_in_parts_becomes_a_file() {
    becomes_a_file(&TestApp::start().await).await;
}

pub(super) async fn becomes_a_file(app: &TestApp) {
    let (alice, eve) = (app.registers("alice").await, app.registers("eve").await);
    let path = begins(&alice, "5").await;
    let head = tus(&alice, "HEAD", &path, &[], "").await.expect(200);
    let told = ["upload-offset", "upload-length", "upload-metadata"].map(|name| head.header(name).unwrap().to_owned());
    assert_eq!(told, ["0", "5", METADATA]);
    let first = brings(&alice, &path, "0", "hel", &[]).await.expect(204);
    assert_eq!((first.header("upload-offset"), first.header("hansard-file-id")), (Some("3"), None));
    assert!(first.header("upload-expires").unwrap().ends_with(" GMT"), "in the answer to every part but the last");
    assert_eq!(offset(&alice, &path).await, "3");
    let last = brings(&alice, &path, "3", "lo", &[]).await.expect(204);
    assert_eq!((last.header("upload-offset"), last.position().is_some()), (Some("5"), true));
    let shown = alice.get(&file(id(&last), "")).await.expect(200).body;
    assert_eq!(json!([shown["filename_visible"], shown["size"], shown["type"]]), json!(["hello.txt", 5, "text/plain"]));
    assert_eq!(alice.get(&file(id(&last), "/content")).await.expect(200).text, "hello");
    eve.get(&file(id(&last), "")).await.expect_problem(404, "not-found");

    // The answer to the last part may have been lost.
    assert_eq!(offset(&alice, &path).await, "5");
    assert_eq!(id(&brings(&alice, &path, "5", "", &[]).await.expect(204)), id(&last));
    brings(&alice, &path, "3", "lo", &[]).await.expect_problem(409, "upload-offset");
    let files: i64 = sqlx::query_scalar("select count(*) from log.events where event_type = 'file_uploaded'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!((files, app.setup.blobs_kept().await, count(app, "arriving")), (1, 1, 0));
}

#[tokio::test]
async fn what_is_spoken_is_said_and_nothing_else_is_taken() {
    let app = Setup::without_nats().await.flag("--file-max-bytes=1KiB").start().await;
    let alice = app.registers("alice").await;
    let asked = app.request("OPTIONS", "/v1/uploads").send().await.expect(204);
    let told = ["tus-resumable", "tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm"];
    let expected =
        ["1.0.0", "1.0.0", "creation,creation-with-upload,checksum,expiration,termination", "1024", "sha1,sha256"];
    assert_eq!(told.map(|name| asked.header(name).unwrap().to_owned()), expected);
    for version in [None, Some("0.2.2")] {
        let request = alice.request("POST", "/v1/uploads").header("upload-length", "5");
        let request = version.into_iter().fold(request, |request, version| request.header("tus-resumable", version));
        let refused = request.send().await.expect_problem(412, "tus-version");
        assert_eq!((refused.header("tus-version"), refused.header("tus-resumable")), (Some("1.0.0"), Some("1.0.0")));
    }
    assert_eq!(count(&app, "resumed"), 0, "a request of another version does nothing");
    for (headers, status, slug) in [
        (&[][..], 400, "invalid-header"),
        (&[("upload-length", "-5")], 400, "invalid-header"),
        (&[("upload-length", "1025")], 413, "too-large"),
        (&[("upload-length", "5"), ("upload-metadata", "filename !")], 400, "invalid-header"),
    ] {
        tus(&alice, "POST", "/v1/uploads", headers, "").await.expect_problem(status, slug);
    }
    let request = app.request("POST", "/v1/uploads").header("tus-resumable", "1.0.0").header("upload-length", "5");
    request.send().await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_part_begins_where_the_last_one_ended() {
    let app = TestApp::without_nats().await;
    let (alice, eve) = (app.registers("alice").await, app.registers("eve").await);
    let path = begins(&alice, "5").await;
    brings(&alice, &path, "0", "hel", &[]).await.expect(204);
    for wrong in ["0", "2", "4"] {
        brings(&alice, &path, wrong, "lo", &[]).await.expect_problem(409, "upload-offset");
    }
    let typed = [("upload-offset", "3"), ("content-type", "text/plain")];
    tus(&alice, "PATCH", &path, &typed, "lo").await.expect_problem(415, "media-type");
    let unplaced = [("content-type", "application/offset+octet-stream")];
    tus(&alice, "PATCH", &path, &unplaced, "lo").await.expect_problem(400, "invalid-header");
    brings(&alice, &path, "3", "lo, world", &[]).await.expect_problem(413, "too-large");
    assert_eq!(offset(&alice, &path).await, "3");
    // Of another's, and of what was never begun, there is nothing.
    for (person, path) in [(&eve, path.as_str()), (&alice, "/v1/uploads/01900000-0000-7000-8000-000000000000")] {
        brings(person, path, "3", "lo", &[]).await.expect_problem(404, "not-found");
        let head = tus(person, "HEAD", path, &[], "").await.expect(404);
        assert_eq!(head.header("upload-offset"), None);
        tus(person, "DELETE", path, &[], "").await.expect_problem(404, "not-found");
    }
    brings(&alice, &path, "3", "lo", &[]).await.expect(204);
}

#[tokio::test]
async fn a_part_is_proven_by_its_checksum_or_nothing_of_it_stays() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "10").await;
    let sha1 = ("upload-checksum", "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=");
    brings(&alice, &path, "0", "hullo", &[sha1]).await.expect(460);
    assert_eq!(offset(&alice, &path).await, "0");
    brings(&alice, &path, "0", "hello", &[sha1]).await.expect(204);
    for wrong in ["md5 XUFAKrxLKna5cZ2REBfFkg==", "sha1", "sha1 !"] {
        let refused = brings(&alice, &path, "5", "hello", &[("upload-checksum", wrong)]).await;
        refused.expect_problem(400, "invalid-header");
    }
    let sha256 = ("upload-checksum", "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    brings(&alice, &path, "5", "hello", &[sha256]).await.expect(204);
}

#[tokio::test]
async fn a_part_may_come_with_the_beginning() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let with = |length: &'static str, body: &'static str| {
        let alice = &alice;
        async move {
            let headers = [("upload-length", length), ("content-type", "application/offset+octet-stream")];
            tus(alice, "POST", "/v1/uploads", &headers, body).await
        }
    };
    let part = with("5", "hel").await.expect(201);
    assert_eq!(part.header("upload-offset"), Some("3"));
    brings(&alice, part.header("location").unwrap(), "3", "lo", &[]).await.expect(204);
    let whole = with("5", "hello").await.expect(201);
    assert_eq!(alice.get(&file(id(&whole), "/content")).await.expect(200).text, "hello");
    let nothing = tus(&alice, "POST", "/v1/uploads", &[("upload-length", "0")], "").await.expect(201);
    assert_eq!(alice.get(&file(id(&nothing), "")).await.expect(200).body["size"], 0);
}

#[tokio::test]
async fn an_upload_is_given_up_and_expires() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "5").await;
    brings(&alice, &path, "0", "hel", &[]).await.expect(204);
    tus(&alice, "DELETE", &path, &[], "").await.expect(204);
    assert_eq!(count(&app, "resumed"), 0);
    brings(&alice, &path, "3", "lo", &[]).await.expect_problem(404, "not-found");

    let path = begins(&alice, "5").await;
    app.setup.context.advance(time::Duration::days(6));
    brings(&alice, &path, "0", "hel", &[]).await.expect(204);
    app.setup.context.advance(time::Duration::days(1));
    brings(&alice, &path, "3", "lo", &[]).await.expect_problem(404, "not-found");
    assert_eq!(count(&app, "resumed"), 0);
}

#[tokio::test]
async fn a_client_that_can_but_post_says_what_it_means() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "5").await;
    let part = [
        ("x-http-method-override", "PATCH"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
    ];
    let taken = tus(&alice, "POST", &path, &part, "hel").await.expect(204);
    assert_eq!(taken.header("upload-offset"), Some("3"));
    tus(&alice, "POST", &path, &[], "hel").await.expect_problem(405, "method-not-allowed");
    tus(&alice, "POST", &path, &[("x-http-method-override", "DELETE")], "").await.expect(204);
    tus(&alice, "HEAD", &path, &[], "").await.expect(404);
}

#[tokio::test]
async fn what_is_on_its_way_counts_against_the_quota() {
    let app = Setup::without_nats().await.flag("--files-user-bytes=1KiB").start().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "600").await;
    tus(&alice, "POST", "/v1/uploads", &[("upload-length", "600")], "").await.expect_problem(413, "quota-exceeded");
    tus(&alice, "DELETE", &path, &[], "").await.expect(204);
    begins(&alice, "600").await;
}
