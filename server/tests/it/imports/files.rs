//! Files of imports: their records, and their bytes, which may come later.

use std::path::Path;

use image::ImageFormat;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{import, messages, rooms, signs_in, told_of};
use crate::erasures::{erases, finished, verified};
use crate::files::count;
use crate::files::images::{image, preview};
use crate::harness::{Person, TestApp};

/// Files in a folder.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// An export of Slack in which ann and bob share files in every way.
pub(crate) fn slack() -> TempDir {
    let person =
        |id: &str, name: &str| json!({"id": id, "name": name, "profile": {"email": format!("{name}@example.org")}});
    let file = |id: &str, name: &str, size: usize, more: Value| {
        let mut file =
            json!({"id": id, "name": name, "size": size, "mode": "hosted", "mimetype": "image/png", "user": "U1"});
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        file
    };
    let commented = json!({"created": 1_400_055_500, "initial_comment": {"user": "U1", "comment": "my notes"}});
    let notes = file("F01", "../notes\u{202e}.txt", 5, commented);
    let external = json!({"mode": "external", "mimetype": "application/vnd.google-apps.document\r\nx"});
    let days = json!([
        {"ts": "1400055557.000001", "subtype": "file_share", "user": "U1", "text": "@ann uploaded", "file": notes},
        {"ts": "1400055558.000001", "user": "U2", "text": "two more", "files": [
            file("F02", "page.html", 20, json!({"user": "U2", "mimetype": "text/html"})), file("F03", "elsewhere", 9, external),
            {"id": "F04", "mode": "tombstone"}, {"id": "../F05", "name": "x"}, "F06"]},
        {"ts": "1400055559.000001", "subtype": "file_comment", "text": "", "file": notes, "comment": {"user": "U2", "comment": "nice"}},
        {"ts": "1400055560.000001", "user": "U2", "text": "again", "files": [notes, notes]},
    ]);
    folder(&[
        ("users.json", &json!([person("U1", "ann"), person("U2", "bob")]).to_string()),
        ("channels.json", &json!([{"id": "C1", "name": "general", "members": ["U1", "U2"]}]).to_string()),
        ("general/2014-05-14.json", &days.to_string()),
    ])
}

/// Imports with bytes from a folder; what it printed.
pub(crate) async fn with_files(app: &TestApp, kind: &str, export: &Path, files: &Path, more: &[&str]) -> String {
    let blobs = app.setup.folder.path().join("blobs");
    let (export, files) = (export.to_str().unwrap(), files.to_str().unwrap());
    let mut arguments = vec![kind, export, "--files", files, "--blobs", blobs.to_str().unwrap()];
    arguments.extend(more);
    import(app, &arguments).await
}

/// The files of each message in a room.
async fn files(person: &Person, room: &str) -> Vec<Vec<Value>> {
    let messages = messages(person, room).await;
    messages.iter().map(|message| message["data"]["files"].as_array().cloned().unwrap_or_default()).collect()
}

async fn general(person: &Person) -> String {
    let room = rooms(person).await.into_iter().find(|room| room["name"] == "general").unwrap();
    room["id"].as_str().unwrap().to_owned()
}

fn content(file: &Value) -> String {
    format!("/v1/files/{}/content", file["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_slack_s_people_shared_goes_with_their_messages() {
    let app = TestApp::without_nats().await;
    let export = slack();
    let path = export.path().to_str().unwrap();
    let counted = import(&app, &["slack", path, "--dry-run"]).await;
    assert!(counted.contains("3 files went with messages; without --files they have no bytes"), "{counted}");
    import(&app, &["slack", path]).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let eve = app.registers("eve").await;
    let room = general(&ann).await;
    let shown = files(&bob, &room).await;
    assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 0, 1]);
    let said = messages(&bob, &room).await;
    let said = said.iter().map(|message| message["data"]["text"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(said, ["my notes", "two more", "nice", "again"], "a later comment is what was said then");
    let notes = &shown[0][0];
    let told = json!({
        "id": notes["id"], "owner_id": ann.id, "filename_visible": "..notes.txt", "size": 5, "hash": null,
        "type": "image/png", "uploaded_at": "2014-05-14T08:18:20.000Z", "forwarded_from": null, "version": 3,
    });
    assert_eq!((notes, &shown[3][0]), (&told, &told));
    assert_eq!(shown[1][1]["type"], "application/octet-stream", "what is no media type is none");
    assert_eq!(shown[1][0]["owner_id"], bob.id.to_string());

    for method in ["GET", "HEAD"] {
        let answer = bob.request(method, &content(notes)).send().await;
        assert_eq!(answer.status, 404, "{method}");
    }
    bob.get(&content(notes)).await.expect_problem(404, "bytes-not-imported");
    eve.get(&content(notes)).await.expect_problem(404, "not-found");
    // Its owner does with it as with any other.
    bob.delete(&format!("/v1/files/{}", notes["id"].as_str().unwrap())).await.expect_problem(403, "not-the-owner");
    ann.delete(&format!("/v1/files/{}", notes["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(files(&bob, &room).await.iter().map(Vec::len).collect::<Vec<_>>(), [0, 2, 0, 0]);
}

#[tokio::test]
async fn bytes_come_with_the_first_import_or_with_a_later_one_and_once() {
    let app = TestApp::without_nats().await;
    let export = slack();
    let none = folder(&[("F02-half.html", "<!DOCTYPE")]);
    let told = with_files(&app, "slack", export.path(), none.path(), &["--dry-run"]).await;
    assert!(told.contains("F02-half.html:1: has 9 bytes, where the export says 20"), "{told}");
    assert!(told.contains("3 files went with messages; the bytes of 0 are here"), "{told}");
    let one = folder(&[("__uploads/F01/notes.txt", "hello")]);
    assert!(with_files(&app, "slack", export.path(), one.path(), &[]).await.contains("the bytes of 1 are here"));
    let head = app.head().await;
    for files in [&one, &none] {
        let again = with_files(&app, "slack", export.path(), files.path(), &[]).await;
        assert!(again.contains("added 0, "), "{again}");
    }
    assert_eq!(app.head().await, head);
    let both = folder(&[("F01", "other"), ("general/attachments/F02-page.html", "<!DOCTYPE html><body>")]);
    let both_sizes = with_files(&app, "slack", export.path(), both.path(), &[]).await;
    assert!(both_sizes.contains("has 21 bytes"), "{both_sizes}");
    std::fs::write(both.path().join("general/attachments/F02-page.html"), "<!DOCTYPE html><body").unwrap();
    let later = with_files(&app, "slack", export.path(), both.path(), &[]).await;
    assert!(later.contains("added 1, "), "{later}");
    assert_eq!(app.head().await, head + 1);

    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let shown = files(&ann, &general(&ann).await).await;
    assert_eq!(ann.get(&content(&shown[0][0])).await.expect(200).text, "hello");
    let page = ann.get(&content(&shown[1][0])).await.expect(200);
    assert_eq!(
        (page.text.as_str(), page.header("content-disposition")),
        ("<!DOCTYPE html><body", Some("attachment; filename=\"page.html\""))
    );
    verified(&app.setup).await;
    let types = [&shown[0][0], &shown[1][0]].map(|file| (file["type"].as_str().unwrap(), file["hash"].is_string()));
    assert_eq!(types, [("text/plain", true), ("text/html", true)], "as its bytes say, not as the export does");
}

#[tokio::test]
async fn images_have_a_size_and_a_preview_whenever_their_bytes_come() {
    let app = TestApp::without_nats().await;
    let (broken, drawn) = (image(40, 40, ImageFormat::Gif)[..30].to_vec(), image(640, 400, ImageFormat::Png));
    let file = |id: &str, size: usize| json!({"id": id, "name": id, "size": size, "mode": "hosted", "user": "U1"});
    let user = json!({"id": "U1", "name": "ann", "profile": {"email": "ann@example.org"}});
    let shared = [file("F01", drawn.len()), file("F02", drawn.len()), file("F03", broken.len())];
    let days = json!([{"ts": "1400055557.000001", "user": "U1", "text": "look", "files": shared}]);
    let export = folder(&[
        ("users.json", &json!([user]).to_string()),
        ("channels.json", &json!([{"id": "C1", "name": "general", "members": ["U1"]}]).to_string()),
        ("general/2014-05-14.json", &days.to_string()),
    ]);
    let bytes = folder(&[]);
    // Of the second the bytes are here later.
    for ids in [&[("F01", &drawn), ("F03", &broken)][..], &[("F02", &drawn)]] {
        for (id, image) in ids {
            std::fs::write(bytes.path().join(id), image).unwrap();
        }
        with_files(&app, "slack", export.path(), bytes.path(), &[]).await;
    }
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let shown = files(&ann, &general(&ann).await).await.remove(0);
    let sizes: Vec<_> = shown.iter().map(|file| json!([file["width"], file["height"]])).collect();
    assert_eq!(sizes, [json!([640, 400]), json!([640, 400]), json!([null, null])]);
    for file in &shown[..2] {
        let id = file["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(preview(&ann, id).await, ("image/jpeg".to_owned(), (320, 200)));
    }
    ann.get(&format!("{}?preview=true", content(&shown[2]))).await.expect_problem(404, "not-found");
    // The image once, its preview, and what does not decode; nothing is left of what was on its way.
    assert_eq!((count(&app, "kept"), count(&app, "arriving")), (3, 0));
    let head = app.head().await;
    assert!(with_files(&app, "slack", export.path(), bytes.path(), &[]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    verified(&app.setup).await;
}

#[tokio::test]
async fn who_is_erased_takes_along_what_they_shared() {
    let app = TestApp::without_nats().await;
    let (export, bytes) = (slack(), folder(&[("F01", "hello")]));
    import(&app, &["slack", export.path().to_str().unwrap()]).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let receipt = erases(&ann).await.expect(200);
    // The log says that nothing is left, and then nothing more.
    finished(&bob, &receipt).await;
    let head = app.head().await;
    assert!(with_files(&app, "slack", export.path(), bytes.path(), &[]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    let room = general(&bob).await;
    assert_eq!(files(&bob, &room).await.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 0, 0]);

    // Nor do bytes come of what they shared besides.
    let late = json!({"id": "F07", "name": "late.txt", "size": 4, "mode": "hosted", "user": "U1"});
    let said = json!([{"ts": "1400141957.000001", "user": "U2", "text": "of ann's", "files": [late]}]);
    std::fs::write(export.path().join("general/2014-05-15.json"), said.to_string()).unwrap();
    std::fs::write(bytes.path().join("F07"), "late").unwrap();
    let told = with_files(&app, "slack", export.path(), bytes.path(), &[]).await;
    assert!(told.contains("added 1, "), "what bob said: {told}");
    assert_eq!((count(&app, "kept"), count(&app, "arriving")), (0, 0));
    assert_eq!(told_of(&app, &ann, head).await, Vec::<String>::new());
    app.settled().await;
    assert_eq!(files(&bob, &room).await.last().unwrap().len(), 0);
    verified(&app.setup).await;
}

#[tokio::test]
async fn attachments_of_mattermost_come_by_the_same_door() {
    let app = TestApp::without_nats().await;
    let post = |user: &str, at: i64, paths: &[&str]| {
        let attachments = paths.iter().map(|path| json!({"path": path})).collect::<Vec<_>>();
        json!({"team": "t", "channel": "general", "user": user, "message": "", "create_at": at, "attachments": attachments})
    };
    let mut answered = post("ann", 1_700_000_100_000, &["2024/notes.txt", "../outside.txt"]);
    answered["replies"] = json!([{"user": "bob", "message": "", "create_at": 1_700_000_200_000_i64, "attachments": [{"path": "2024/b.png"}, 1]}]);
    let user = |name: &str| {
        json!({"type": "user", "user": {"username": name, "email": format!("{name}@example.org"),
        "teams": [{"name": "t", "channels": [{"name": "general"}]}]}})
    };
    let lines = [
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t"}}),
        json!({"type": "channel", "channel": {"team": "t", "name": "general", "type": "O"}}),
        user("ann"),
        user("bob"),
        json!({"type": "post", "post": answered}),
    ];
    let text = lines.map(|line| line.to_string() + "\n").concat();
    let there = [("export.jsonl", &*text), ("outside.txt", "secret"), ("in/data/2024/notes.txt", "hello")];
    let all = folder(&there);
    let (export, inside) = (all.path().join("export.jsonl"), all.path().join("in"));
    let told = import(&app, &["mattermost", export.to_str().unwrap(), "--dry-run"]).await;
    assert!(told.contains("3 files went with messages; without --files they have no bytes"), "{told}");
    let told = with_files(&app, "mattermost", &export, &inside, &[]).await;
    assert!(told.contains("3 files went with messages; the bytes of 1 are here"), "{told}");
    let head = app.head().await;
    assert!(with_files(&app, "mattermost", &export, &inside, &[]).await.contains("added 0, "));
    std::fs::write(inside.join("data/2024/b.png"), "\x7fELF").unwrap();
    assert!(with_files(&app, "mattermost", &export, &inside, &[]).await.contains("added 1, "));
    assert_eq!(app.head().await, head + 1);

    app.settled().await;
    let bob = signs_in(&app, "bob@example.org").await;
    let room = general(&bob).await;
    let shown = files(&bob, &room).await;
    let named = |file: &Value| (file["filename_visible"].as_str().unwrap().to_owned(), file["hash"].is_string());
    let named = shown.iter().map(|files| files.iter().map(named).collect::<Vec<_>>()).collect::<Vec<_>>();
    let name = |name: &str, here| (name.to_owned(), here);
    assert_eq!(named, [vec![name("notes.txt", true), name("outside.txt", false)], vec![name("b.png", true)]]);
    assert_eq!(bob.get(&content(&shown[0][0])).await.expect(200).text, "hello");
    bob.get(&content(&shown[0][1])).await.expect_problem(404, "bytes-not-imported");
    assert_eq!(shown[1][0]["owner_id"], bob.id.to_string());
}
