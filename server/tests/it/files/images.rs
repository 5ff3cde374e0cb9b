//! Images: how large they are, and a small preview of each.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{becomes_final, count, file, holds, left};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp};

/// An image of one shade, of so many pixels.
pub(crate) fn image(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    let image = DynamicImage::from(RgbImage::from_pixel(width, height, Rgb([200, 30, 30])));
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The preview of a file, as somebody gets it: its type, and its width and height.
pub(crate) async fn preview(person: &Person, id: Uuid) -> (String, (u32, u32)) {
    let asked = person.request("GET", &file(id, "/content?preview=true&inline=true")).raw().send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let media_type = asked.headers()["content-type"].to_str().unwrap().to_owned();
    let bytes = asked.bytes().await.unwrap();
    let decoded =
        image::load_from_memory_with_format(&bytes, ImageFormat::from_mime_type(&media_type).unwrap()).unwrap();
    let shade = decoded.to_rgb8().get_pixel(1, 1).0;
    assert!(shade[0].abs_diff(200) < 10 && shade[1].abs_diff(30) < 10, "{shade:?}");
    (media_type, (decoded.width(), decoded.height()))
}

#[tokio::test]
async fn an_image_has_a_size_and_a_preview() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    alice.adds(&room, &bob).await;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let answer = alice.upload("cat", image(640, 400, format)).await.expect(201);
        let id = answer.id();
        assert_eq!(json!([answer.body["width"], answer.body["height"]]), json!([640, 400]), "{format:?}");
        assert_eq!(answer.body["type"], format.to_mime_type());
        let sent = alice.sends_files(&room, "look", &[id]).await;
        app.settled().await;
        let message = bob.get(&room.message(&sent, "")).await.expect(200).body;
        assert_eq!(
            json!([message["data"]["files"][0]["width"], message["data"]["files"][0]["height"]]),
            json!([640, 400])
        );
        for person in [&alice, &bob] {
            assert_eq!(preview(person, id).await, ("image/jpeg".to_owned(), (320, 200)), "{format:?}");
        }
        eve.get(&file(id, "/content?preview=true")).await.expect_problem(404, "not-found");
    }

    let id = alice.uploads("cat.png", image(640, 400, ImageFormat::Png)).await;
    app.settled().await;
    let path = file(id, "/content?preview=true");
    let whole = alice.request("HEAD", &path).send().await.expect(200);
    let told = ["content-type", "content-disposition", "content-security-policy", "x-content-type-options"];
    let expected = ["image/jpeg", "attachment; filename=\"cat.png.preview.jpg\"", "sandbox", "nosniff"];
    assert_eq!(told.map(|name| whole.header(name).unwrap()), expected);
    let (etag, length) = (whole.header("etag").unwrap(), whole.header("content-length").unwrap());
    assert_ne!(Some(etag), alice.request("HEAD", &file(id, "/content")).send().await.header("etag"));
    let part =
        alice.request("GET", &path).header("range", "bytes=0-1").header("if-range", etag).raw().send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), part.headers()["content-range"].to_str().unwrap()),
        (206, &*format!("bytes 0-1/{length}"))
    );
    assert_eq!(&part.bytes().await.unwrap()[..], b"\xff\xd8");
    alice.request("GET", &path).header("if-none-match", etag).send().await.expect(304);
}

#[tokio::test]
async fn what_does_not_decode_is_a_file_like_any_other() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let mut bomb = image(10, 10, ImageFormat::Gif);
    bomb[6..10].fill(0xff);
    let broken = image(100, 100, ImageFormat::Png)[..60].to_vec();
    for (name, bytes, media_type) in [
        ("bomb.gif", bomb.clone(), "image/gif"),
        ("broken.png", broken, "image/png"),
        ("notes.png", b"hello".to_vec(), "text/plain"),
        ("drawing.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "text/plain"),
    ] {
        let answer = alice.upload(name, bytes).await.expect(201);
        assert_eq!((answer.body.get("width"), answer.body.get("height")), (None, None), "{name}");
        if name != "drawing.svg" {
            assert_eq!(answer.body["type"], media_type);
        }
        let got = alice.get(&file(answer.id(), "")).await.expect(200).body;
        assert_eq!(got.get("width"), None);
        alice.get(&file(answer.id(), "/content?preview=true")).await.expect_problem(404, "not-found");
        let whole = alice.request("GET", &file(answer.id(), "/content")).raw().send().await.unwrap();
        assert_eq!(whole.status(), 200);
    }
    alice.get(&file(Uuid::nil(), "/content?preview=perhaps")).await.expect_problem(400, "invalid-query");
    assert_eq!((count(&app, "kept"), count(&app, "arriving")), (4, 0));
}

#[tokio::test]
async fn a_preview_is_shared_and_goes_with_the_last_file_that_has_it() {
    let app = Setup::without_nats().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("a.png", image(400, 400, ImageFormat::Png)).await;
    let sent = alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    let second = bob.creates_room("second").await;
    let forward = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await.expect(201);
    let message = bob.get(forward.header("location").unwrap()).await.expect(200).body;
    let copy: Uuid = message["data"]["files"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(count(&app, "kept"), 2, "the image and its preview, once");
    alice.delete(&file(id, "")).await.expect(204);
    // The collector is at work meanwhile.
    for _ in 0..20 {
        assert_eq!(preview(&bob, copy).await.1, (320, 320));
    }
    bob.delete(&file(copy, "")).await.expect(204);
    left(&app, 0).await;
    // Both names were given up: the same image comes back under others. Without grace, an upload that is slow may lose one
    // more before it is known, and takes the next.
    let again = alice.uploads("a.png", image(400, 400, ImageFormat::Png)).await;
    app.settled().await;
    assert_eq!(preview(&alice, again).await.1, (320, 320));
    let names: (String, String) = sqlx::query_as("select blob, preview from read.file where id = $1")
        .bind(again)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(names.0.contains('-') && names.1.contains('-'), "{names:?}");
}

#[tokio::test]
async fn a_receipt_is_final_once_previews_are_gone() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    alice.uploads("hers.png", image(400, 300, ImageFormat::Png)).await;
    alice.uploads("both.png", image(300, 400, ImageFormat::Png)).await;
    bob.uploads("both.png", image(300, 400, ImageFormat::Png)).await;
    assert_eq!(count(&app, "kept"), 4);
    let erased = alice.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD})).send().await.expect(200);
    becomes_final(&app, &erased).await;
    assert_eq!(count(&app, "kept"), 2, "what somebody else has stays");
}

#[tokio::test]
async fn a_secret_image_has_a_sealed_preview_that_goes_with_it() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let room = alice.confides_in(&bob).await;
    let uploaded = alice.whispers(&room, "a.jpg", image(640, 320, ImageFormat::Jpeg)).await.expect(201);
    let id = uploaded.id();
    assert_eq!(json!([uploaded.body["width"], uploaded.body["height"]]), json!([640, 320]));
    let sent = alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    for person in [&alice, &bob] {
        assert_eq!(preview(person, id).await, ("image/jpeg".to_owned(), (320, 160)));
    }
    let path = file(id, "/content?preview=true");
    eve.get(&path).await.expect_problem(404, "not-found");
    let kept = app.setup.folder.path().join("blobs/kept");
    // As every JPEG says, and none that is sealed.
    assert!(count(&app, "kept") == 2 && !holds(&kept, "JFIF"));
    let row: (Option<String>, Option<String>) =
        sqlx::query_as("select sha256, preview_sha256 from read.file").fetch_one(&app.pool).await.unwrap();
    assert_eq!(row, (None, None));
    let head = bob.request("HEAD", &path).send().await.expect(200);
    assert_eq!(head.header("etag").unwrap().len(), "\"sha256-\"".len() + 64);

    let receipt = alice.delete(&room.message(&sent, "")).await.expect(200);
    for person in [&alice, &bob] {
        person.request("GET", &path).send().await.expect_problem(404, "not-found");
    }
    left(&app, 0).await;
    becomes_final(&app, &receipt).await;
}

#[tokio::test]
async fn an_image_that_comes_in_parts_has_one_too() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let bytes = image(640, 640, ImageFormat::Png);
    for query in [String::new(), format!("?room={}", room.0)] {
        let request = alice.request("POST", &format!("/v1/uploads{query}")).header("tus-resumable", "1.0.0");
        let request = request.header("upload-length", bytes.len().to_string());
        let request = request.header("content-type", "application/offset+octet-stream").bytes(bytes.clone());
        let id = request.send().await.expect(201).header("hansard-file-id").unwrap().parse().unwrap();
        app.settled().await;
        let shown: Value = alice.get(&file(id, "")).await.expect(200).body;
        assert_eq!(json!([shown["width"], shown["height"]]), json!([640, 640]));
        assert_eq!(preview(&alice, id).await.1, (320, 320));
    }
    for command in [["projections", "rebuild"], ["projections", "verify"]] {
        let done = app.setup.command(command).await;
        assert!(done.status.success(), "{done:?}");
    }
}
