//! Uploads for secret rooms that come in parts: nothing of them lies anywhere in clear.

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::digits;
use crate::files::held::ends_before_it_is_a_file;
use crate::files::sending::Sending;
use crate::files::{count, file, holds};
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Room, TestApp};

async fn tus(
    person: &Person,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = person.request(method, path).header("tus-resumable", "1.0.0");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    request.bytes(body).send().await
}

/// Begins an upload of the digits; where it is.
async fn begins(person: &Person, room: &Room) -> String {
    let (length, path) = (digits().len().to_string(), format!("/v1/uploads?room={}", room.0));
    let metadata = format!("filename {}", STANDARD.encode("canary.txt"));
    let headers = [("upload-length", &*length), ("upload-metadata", &*metadata)];
    let begun = tus(person, "POST", &path, &headers, "").await.expect(201);
    begun.header("location").unwrap().to_owned()
}

/// Brings the digits from one place to another; of what checksum, if it is said.
async fn brings(person: &Person, path: &str, from: usize, to: usize, checksum: Option<&str>) -> Answer {
    let from_text = from.to_string();
    let mut headers = vec![("upload-offset", &*from_text), ("content-type", "application/offset+octet-stream")];
    headers.extend(checksum.map(|checksum| ("upload-checksum", checksum)));
    tus(person, "PATCH", path, &headers, digits()[from..to].to_owned()).await
}

async fn offset(person: &Person, path: &str) -> usize {
    let head = tus(person, "HEAD", path, &[], "").await.expect(200);
    assert_eq!(head.header("upload-metadata"), Some(&*format!("filename {}", STANDARD.encode("canary.txt"))));
    head.header("upload-offset").unwrap().parse().unwrap()
}

/// Where the bytes lie of an upload that is on its way.
fn data(app: &TestApp, person: &Person, path: &str) -> PathBuf {
    app.setup.folder.path().join(format!("blobs/resumed/{}", person.id)).join(path.rsplit('/').next().unwrap())
}

#[tokio::test]
async fn what_comes_in_parts_is_sealed_from_the_first_byte_on() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let path = begins(&alice, &room).await;
    let length = digits().len();
    let ends = [1, 2, 50, 65_535, 65_536, 65_537, 131_072, 131_072, 199_999, length];
    let mut so_far = 0;
    for end in ends {
        assert_eq!(offset(&alice, &path).await, so_far);
        brings(&alice, &path, so_far + 1, length, None).await.expect_problem(409, "upload-offset");
        let blobs = app.setup.folder.path().join("blobs");
        assert!(
            !holds(&blobs, "0123456789") && !holds(&blobs, "canary") && !holds(&blobs, &STANDARD.encode("canary.tx"))
        );
        let taken = brings(&alice, &path, so_far, end, None).await.expect(204);
        assert_eq!(taken.header("upload-offset"), Some(&*end.to_string()));
        so_far = end;
    }
    let done = brings(&alice, &path, length, length, None).await.expect(204);
    let id = done.header("hansard-file-id").unwrap().parse().unwrap();
    alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    let shown = bob.get(&file(id, "")).await.expect(200).body;
    assert_eq!((shown["filename_visible"].as_str(), shown["size"].as_u64()), (Some("canary.txt"), Some(200_000)));
    assert_eq!(shown["hash"], format!("sha256:{}", hex::encode(Sha256::digest(digits()))));
    assert!(bob.get(&file(id, "/content")).await.expect(200).text == digits());
    // What opened it is left nowhere but in the log.
    let note = std::fs::read_to_string(data(&app, &alice, &path).with_extension("note")).unwrap();
    assert!(note.contains("\"told\":null"), "{note}");
    assert_eq!((count(&app, "kept"), count(&app, "resumed")), (1, 1));
    let note = data(&app, &alice, &path).with_extension("note");
    alice.delete(&file(id, "")).await.expect(204);
    assert!(!note.exists());
}

#[tokio::test]
async fn a_part_is_proven_or_nothing_of_it_stays() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let path = begins(&alice, &room).await;
    let sum = |part: std::ops::Range<usize>| format!("sha256 {}", STANDARD.encode(Sha256::digest(&digits()[part])));
    brings(&alice, &path, 0, 70_000, Some(&sum(0..70_000))).await.expect(204);
    for end in [70_005, 150_000, 200_000] {
        brings(&alice, &path, 70_000, end, Some(&sum(1..6))).await.expect(460);
        assert_eq!(offset(&alice, &path).await, 70_000);
    }
    brings(&alice, &path, 70_000, 70_005, Some(&sum(70_000..70_005))).await.expect(204);
    let done = brings(&alice, &path, 70_005, 200_000, Some(&sum(70_005..200_000))).await.expect(204);
    let id = done.header("hansard-file-id").unwrap().parse().unwrap();
    assert!(alice.get(&file(id, "/content")).await.expect(200).text == digits());
}

/// The upload is at 70,000, and becomes what it was to be with the rest.
async fn goes_on_from_there(alice: &Person, path: &str) {
    assert_eq!(offset(alice, path).await, 70_000);
    let done = brings(alice, path, 70_000, 200_000, None).await.expect(204);
    let id = done.header("hansard-file-id").unwrap().parse().unwrap();
    assert!(alice.get(&file(id, "/content")).await.expect(200).text == digits());
}

#[tokio::test]
async fn nothing_stays_of_a_part_whose_session_ends() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let path = begins(&alice, &room).await;
    brings(&alice, &path, 0, 70_000, None).await.expect(204);
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let part = Sending::part(&phone, &path, 70_000, 80_000, &digits().as_bytes()[70_000..149_999]).await;
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    let told = part.answer().await;
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    goes_on_from_there(&alice, &path).await;
}

#[tokio::test]
async fn nothing_stays_of_the_last_part_whose_session_ends_while_it_becomes_a_file() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let path = begins(&alice, &room).await;
    // In the middle of a chunk.
    brings(&alice, &path, 0, 70_000, None).await.expect(204);
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let part = Sending::part(&phone, &path, 70_000, 130_000, &digits().as_bytes()[70_000..199_999]).await;
    ends_before_it_is_a_file(&app, &alice, &phone, part, b"9").await;
    goes_on_from_there(&alice, &path).await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_cut_and_what_is_damaged_forgotten() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let path = begins(&alice, &room).await;
    brings(&alice, &path, 0, 70_000, None).await.expect(204);
    // As a process leaves it that is killed in the middle of a chunk.
    let kept = data(&app, &alice, &path);
    std::fs::OpenOptions::new().append(true).open(&kept).unwrap().write_all(&[7; 1000]).unwrap();
    assert_eq!(offset(&alice, &path).await, 70_000);
    brings(&alice, &path, 70_000, 100_000, None).await.expect(204);
    // As one leaves it that is killed before it notes how far it came: a chunk more, and what was begun is of no use.
    let note = std::fs::read(kept.with_extension("note")).unwrap();
    brings(&alice, &path, 100_000, 140_000, None).await.expect(204);
    std::fs::write(kept.with_extension("note"), note).unwrap();
    assert_eq!(offset(&alice, &path).await, 131_072);
    brings(&alice, &path, 131_072, 150_000, None).await.expect(204);

    let mut bytes = std::fs::read(&kept).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    brings(&alice, &path, 150_000, 200_000, None).await.expect_problem(404, "not-found");
    assert_eq!((count(&app, "resumed"), count(&app, "kept"), count(&app, "arriving")), (0, 0, 0));
}

#[tokio::test]
async fn the_room_may_be_named_among_the_rest_and_refuses_as_it_does_elsewhere() {
    let app = TestApp::without_nats().await;
    let (alice, group) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let room = alice.confides_in(&bob).await;
    let begin = async |person: &Person, room: &Room, length: &str, body: &'static str| {
        let metadata = format!("filename YQ==,room {}", STANDARD.encode(room.0.to_string()));
        let headers = [
            ("upload-length", length),
            ("upload-metadata", &*metadata),
            ("content-type", "application/offset+octet-stream"),
        ];
        tus(person, "POST", "/v1/uploads", &headers, body).await
    };
    begin(&alice, &group, "5", "hello").await.expect_invalid("/room");
    begin(&eve, &room, "5", "hello").await.expect_problem(404, "not-found");
    let headers = [("upload-length", "5"), ("upload-metadata", "room bG91bmdl")];
    tus(&alice, "POST", "/v1/uploads", &headers, "").await.expect_problem(400, "invalid-header");
    assert_eq!((count(&app, "resumed"), count(&app, "kept")), (0, 0));
    for (length, body) in [("5", "hello"), ("0", "")] {
        let whole = begin(&alice, &room, length, body).await.expect(201);
        let id = whole.header("hansard-file-id").unwrap().parse().unwrap();
        assert_eq!(alice.get(&file(id, "/content")).await.expect(200).text, body);
        alice.post(&group.path("/messages"), serde_json::json!({"file_ids": [id]})).await.expect_invalid("/file_ids/0");
    }
}
