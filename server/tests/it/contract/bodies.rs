//! What no body is.

use serde_json::{Value, json};

use super::scene::People;
use super::{Row, Scene, rows};
use crate::harness::{Answer, TestApp};

async fn sent(scene: &Scene, row: &Row, media_type: Option<&str>, body: &str) -> Answer {
    let request = scene.asks.request(&row.method, &row.address(scene)).bytes(body.as_bytes().to_vec());
    match media_type {
        Some(media_type) => request.header("content-type", media_type).send().await,
        None => request.send().await,
    }
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let head = app.head().await;
    let large = " ".repeat(128 * 1024 + 1);
    for row in rows().iter().filter(|row| row.takes_a_body()) {
        let refused = async |media_type, body: &str, status, slug| {
            let answer = sent(&scene, row, media_type, body).await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (status, Some(slug)), "{} {media_type:?}: {}", row.name, answer.text);
        };
        let body = row.body(&scene).unwrap().to_string();
        for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("*/*")] {
            refused(media_type, &body, 415, "media-type").await;
        }
        let json = Some("application/json");
        for body in ["{", "{'a': 1}", "{} {}", "nonsense", "\u{feff}{}"] {
            refused(json, body, 400, "malformed-json").await;
        }
        refused(json, &large, 413, "too-large").await;
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_body_is_an_object_of_the_fields_that_are_asked_for() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let head = app.head().await;
    let deep = (0..33).fold(json!(1), |inner, _| json!({"nonsense": inner}));
    for row in rows().iter().filter(|row| row.takes_a_body()) {
        let fields = row.body(&scene).unwrap().as_object().unwrap().clone();
        let values: Value = fields.values().cloned().collect();
        let with = |value: Value| {
            let mut fields = fields.clone();
            fields.insert("nonsense".to_owned(), value);
            Value::from(fields)
        };
        let mut bodies = vec![json!([]), values, json!(null), json!("hello"), json!(7), deep.clone()]
            .into_iter()
            .map(|body| (body, ""))
            .collect::<Vec<_>>();
        bodies.push((with(json!(["a\0"])), "/nonsense/0"));
        // Settings have whatever fields one likes.
        bodies.extend((row.name != "UpdateSettings").then(|| (with(json!(1)), "/nonsense")));
        for (body, pointer) in bodies {
            let answer = sent(&scene, row, Some("application/json"), &body.to_string()).await;
            let told = (answer.status, answer.problem(), answer.body["errors"][0]["pointer"].as_str());
            assert_eq!(told, (422, Some("invalid"), Some(pointer)), "{} {body}: {}", row.name, answer.text);
        }
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn an_id_in_a_body_or_a_question_is_written_as_in_a_path() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let head = app.head().await;
    let (alice, room, messages) = (&scene.asks, scene.room, scene.room.path("/messages"));
    let bob = scene.bob.id;
    let forms = [
        bob.to_string().to_uppercase(),
        bob.simple().to_string(),
        bob.braced().to_string(),
        bob.urn().to_string(),
        "nonsense".to_owned(),
    ];
    for id in forms {
        for (method, path, body, pointer) in [
            (
                "POST",
                "/v1/rooms".to_owned(),
                json!({"type": "group", "name": "x", "member_ids": [id]}),
                "/member_ids/0",
            ),
            ("POST", "/v1/rooms".to_owned(), json!({"type": "dialog", "member_ids": [id]}), "/member_ids/0"),
            ("PUT", room.path("/ownership"), json!({"user_id": id}), "/user_id"),
            ("PUT", room.path(&format!("/members/{bob}")), json!({"roles": [scene.role, id]}), "/roles/1"),
            ("POST", messages.clone(), json!({"text": "x", "reply_to": id}), "/reply_to"),
            ("POST", messages.clone(), json!({"text": "x", "id": id}), "/id"),
            ("POST", messages.clone(), json!({"file_ids": [id]}), "/file_ids/0"),
            ("PATCH", "/v1/users/me".to_owned(), json!({"avatar_file_id": id}), "/avatar_file_id"),
            ("POST", room.message(&scene.message, "/forwards"), json!({"to_room_id": id}), "/to_room_id"),
        ] {
            let answer = alice.request(method, &path).json(&body).send().await.expect_problem(422, "invalid");
            assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{body}");
        }
        for query in ["/v1/search?q=hello&room=", "/v1/search?q=hello&sender=", &format!("{messages}?around=")] {
            alice.request("GET", &format!("{query}{id}")).send().await.expect_problem(400, "invalid-query");
        }
    }
    assert_eq!(app.head().await, head);
}
