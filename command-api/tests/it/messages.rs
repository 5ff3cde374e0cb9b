//! Messages: sent, edited, deleted, read.

use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn a_member_says_something() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let room = app.room(&ada, "private", &[]).await;
    let send = |body| app.by(&ada, "POST", &format!("{room}/messages")).json(&body).send();

    let answer = send(json!({"text": "hello"})).await.is(201);
    assert_eq!(answer.header("location"), Some(&*format!("{room}/messages/{}", answer.text("id"))));
    assert_eq!(
        (answer.text("sent_at"), answer.body["position"].as_i64()),
        ("2025-03-01T12:00:00.000Z".to_owned(), Some(answer.position()))
    );
    let event = app.events(answer.position() - 1).await.remove(0);
    assert!(!event.payload.contains("hello"), "{}", event.payload);
    let metadata = event.metadata().unwrap();
    assert_eq!(metadata.actor_id.map(|id| id.to_string()), Some(ada.id.clone()));
    assert_eq!(metadata.session_id.map(|id| id.to_string()), Some(ada.session.clone()));
    assert_eq!(metadata.room_id.map(|id| format!("/v1/rooms/{id}")), Some(room.clone()));

    send(json!({"text": "and more", "reply_to": answer.text("id")})).await.is(201);
    send(json!({"text": "x".repeat(16_384)})).await.is(201);
    app.done().await;
}

#[tokio::test]
async fn what_a_message_cannot_be_is_refused() {
    let app = App::new().await;
    let (ada, stranger) = (app.person("ada").await, app.person("stranger").await);
    let room = app.room(&ada, "private", &[]).await;
    let elsewhere = app.message(&ada, &app.room(&ada, "private", &[]).await, "elsewhere").await;
    let elsewhere = elsewhere.rsplit('/').next().unwrap();
    let path = format!("{room}/messages");
    let send = |body| app.by(&ada, "POST", &path).json(&body).send();

    let before = app.head().await.position;
    send(json!({})).await.invalid("/text");
    send(json!({"text": ""})).await.invalid("/text");
    send(json!({"text": 5})).await.invalid("/text");
    send(json!({"text": "x".repeat(16_385)})).await.invalid("/text");
    send(json!({"text": "a\u{0}b"})).await.invalid("/text");
    send(json!({"text": "x", "file_ids": [app.context.new_id()]})).await.invalid("/file_ids/0");
    send(json!({"text": "x", "reply_to": elsewhere})).await.invalid("/reply_to");
    send(json!({"text": "x", "reply_to": app.context.new_id()})).await.invalid("/reply_to");
    send(json!({"text": "x", "colour": "red"})).await.invalid("/colour");
    let raw = |media_type: &str| app.by(&ada, "POST", &path).header("content-type", media_type).send();
    raw("application/json").await.problem(400, "malformed-json");
    raw("text/plain").await.problem(415, "media-type");
    send(json!({"text": "x".repeat(200_000)})).await.problem(413, "too-large");

    let send = |room: &str| app.by(&stranger, "POST", &format!("{room}/messages")).json(&json!({"text": "x"})).send();
    let hidden = send(&room).await.problem(404, "not-found");
    let absent = send(&format!("/v1/rooms/{}", app.context.new_id())).await.problem(404, "not-found");
    assert_eq!(hidden.body["detail"], absent.body["detail"]);
    let public = app.room(&ada, "public", &[]).await;
    send(&public).await.problem(403, "not-a-member");
    let quiet = json!({"visibility": "public", "permissions": ["view_history"]});
    app.by(&ada, "PATCH", &public).json(&quiet).send().await.is(200);
    app.by(&stranger, "PUT", &format!("{public}/members/me")).send().await.is(201);
    send(&public).await.problem(403, "forbidden");
    assert!(!app.types(before).await.contains(&"message_sent".to_owned()));
    app.done().await;
}

#[tokio::test]
async fn an_author_edits_what_they_said() {
    let app = App::new().await;
    let (ada, eve, stranger) = (app.person("ada").await, app.person("eve").await, app.person("stranger").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    let message = app.message(&eve, &room, "hello").await;
    let edit = |person, text: &str| app.by(person, "PATCH", &message).json(&json!({"text": text}));

    let edited = edit(&eve, "hello, world").if_version(1).send().await.is(200);
    assert_eq!((edited.header("etag"), &edited.body["data"]), (Some("\"v2\""), &json!({"text": "hello, world"})));
    assert_eq!((edited.text("sender_id"), edited.body["version"].as_i64()), (eve.id.clone(), Some(2)));
    let same = edit(&eve, "hello, world").send().await.is(200);
    assert_eq!((same.position(), same.header("etag")), (edited.position(), Some("\"v2\"")));

    edit(&eve, "x").if_version(1).send().await.problem(412, "version-mismatch");
    edit(&eve, "").send().await.invalid("/text");
    edit(&ada, "x").send().await.problem(403, "not-the-author");
    edit(&stranger, "x").send().await.problem(404, "not-found");
    let other = app.room(&eve, "private", &[]).await;
    let moved = message.replace(&room, &other);
    app.by(&eve, "PATCH", &moved).json(&json!({"text": "x"})).send().await.problem(404, "not-found");
    let absent = format!("{room}/messages/{}", app.context.new_id());
    app.by(&eve, "PATCH", &absent).json(&json!({"text": "x"})).send().await.problem(404, "not-found");
    app.done().await;
}

#[tokio::test]
async fn a_deleted_message_stays_deleted() {
    let app = App::new().await;
    let (ada, eve, bob) = (app.person("ada").await, app.person("eve").await, app.person("bob").await);
    let room = app.room(&ada, "private", &[&eve, &bob]).await;
    let (first, second) = (app.message(&eve, &room, "one").await, app.message(&eve, &room, "two").await);
    let delete = |person, message: &str| app.by(person, "DELETE", message);

    delete(&bob, &first).send().await.problem(403, "forbidden");
    delete(&eve, &first).if_version(2).send().await.problem(412, "version-mismatch");
    let deleted = delete(&eve, &first).if_version(1).send().await.is(204).position();
    assert_eq!(delete(&eve, &first).send().await.is(204).position(), deleted);
    let text = json!({"text": "x"});
    app.by(&eve, "PATCH", &first).json(&text).send().await.problem(409, "message-deleted");
    delete(&ada, &second).send().await.is(204);
    delete(&ada, &format!("{room}/messages/{}", app.context.new_id())).send().await.problem(404, "not-found");
    app.done().await;
}

#[tokio::test]
async fn reading_goes_forward_alone() {
    let app = App::new().await;
    let (ada, stranger) = (app.person("ada").await, app.person("stranger").await);
    let room = app.room(&ada, "private", &[]).await;
    app.message(&ada, &room, "hello").await;
    let head = app.head().await.position;
    let read = |person, position: i64| {
        app.by(person, "PUT", &format!("{room}/read")).json(&json!({"position": position})).send()
    };

    assert_eq!(read(&ada, head).await.is(204).position(), head + 1);
    assert_eq!(read(&ada, head - 1).await.is(204).position(), head + 1, "backwards is nowhere");
    assert_eq!(app.head().await.position, head + 1);
    read(&ada, -1).await.invalid("/position");
    read(&ada, head + 2).await.problem(409, "position-unknown");
    read(&stranger, 1).await.problem(404, "not-found");
    app.by(&ada, "PUT", &format!("{room}/read")).json(&json!({"position": "1"})).send().await.invalid("/position");
    app.done().await;
}
