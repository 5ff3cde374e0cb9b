//! The same request again: the same answer, and no new event.

use serde_json::json;

use crate::app::{App, PASSWORD};

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let body = json!({"type": "group", "name": "Engine room"});
    let make = |body| app.by(&ada, "POST", "/v1/rooms").key("make").json(&body).send();
    let first = make(body.clone()).await.is(201);
    let head = app.head().await.position;
    app.context.advance(time::Duration::days(7));
    let again = make(body).await.is(201);
    assert!(again.is_replay() && !first.is_replay());
    assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
    assert_eq!(again.position(), first.position());
    // Spaces and the order of fields are not another body.
    let spaced = r#"{ "name": "Engine room",  "type": "group" }"#.parse().unwrap();
    assert!(make(spaced).await.is(201).is_replay());
    assert_eq!(app.head().await.position, head);

    make(json!({"type": "group", "name": "Other"})).await.problem(422, "idempotency-key-reused");
    app.by(&ada, "PATCH", "/v1/users/me")
        .key("make")
        .json(&json!({}))
        .send()
        .await
        .problem(422, "idempotency-key-reused");
    app.by(&ada, "POST", "/v1/rooms").key("").json(&json!({})).send().await.problem(400, "invalid-header");
    app.done().await;
}

#[tokio::test]
async fn keys_belong_to_a_user_and_refusals_are_not_remembered() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let make = |person, name: &str| {
        app.by(person, "POST", "/v1/rooms").key("make").json(&json!({"type": "group", "name": name})).send()
    };
    make(&ada, "").await.invalid("/name");
    let of_ada = make(&ada, "Engine room").await.is(201);
    let of_eve = make(&eve, "Engine room").await.is(201);
    assert!(!of_eve.is_replay());
    assert_ne!(of_ada.text("id"), of_eve.text("id"));
    app.done().await;
}

#[tokio::test]
async fn a_registration_is_remembered_by_its_email() {
    let app = App::new().await;
    let register = |email: &str, name: &str| {
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        app.call("POST", "/v1/users").key("first").json(&body).send()
    };
    let first = register("ada@example.org", "Ada").await.is(201);
    let again = register("ada@example.org", "Ada").await.is(201);
    assert!(again.is_replay() && again.body == first.body);
    register("ada@example.org", "Eve").await.problem(422, "idempotency-key-reused");
    assert!(!register("eve@example.org", "Eve").await.is(201).is_replay());
    app.done().await;
}

#[tokio::test]
async fn a_chosen_id_names_the_request_too() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let id = app.context.new_id();
    let make = |person, name: &str| {
        app.by(person, "POST", "/v1/rooms").json(&json!({"id": id, "type": "group", "name": name})).send()
    };
    let first = make(&ada, "Engine room").await.is(201);
    assert_eq!(first.text("id"), id.to_string());
    let again = make(&ada, "Engine room").await.is(201);
    assert!(again.is_replay() && again.body == first.body);
    make(&ada, "Other").await.problem(409, "id-taken");
    make(&eve, "Engine room").await.problem(409, "id-taken");

    let room = format!("/v1/rooms/{id}");
    let other = app.room(&ada, "private", &[]).await;
    let message = app.context.new_id();
    let send = |room: &str, text: &str| {
        app.by(&ada, "POST", &format!("{room}/messages")).json(&json!({"id": message, "text": text})).send()
    };
    let first = send(&room, "hello").await.is(201);
    assert!(send(&room, "hello").await.is(201).is_replay());
    send(&room, "bye").await.problem(409, "id-taken");
    send(&other, "hello").await.problem(409, "id-taken");
    assert_eq!(app.types(first.position() - 1).await, ["message_sent"]);
    app.done().await;
}

#[tokio::test]
async fn an_answer_is_given_again_after_leaving_but_shows_nothing() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    let message = app.message(&eve, &room, "hello").await;
    let send = || app.by(&eve, "POST", &format!("{room}/messages")).key("send").json(&json!({"text": "x"})).send();
    let edit = || app.by(&eve, "PATCH", &message).key("edit").json(&json!({"text": "secret"})).send();
    let (first, edited) = (send().await.is(201), edit().await.is(200));
    assert_eq!(edited.body["data"]["text"], "secret");
    app.by(&eve, "DELETE", &format!("{room}/members/me")).key("leave").send().await.is(204);

    let again = send().await.is(201);
    assert!(again.is_replay() && again.body == first.body);
    let again = edit().await.is(200);
    assert!(again.is_replay() && again.position() == edited.position());
    assert_eq!(again.body, json!({"id": message.rsplit('/').next().unwrap(), "version": 2}));
    assert!(app.by(&eve, "DELETE", &format!("{room}/members/me")).key("leave").send().await.is(204).is_replay());
    app.by(&eve, "DELETE", &format!("{room}/members/me")).send().await.problem(404, "not-found");
    app.done().await;
}

#[tokio::test]
async fn whether_it_created_is_remembered() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let room = app.room(&ada, "private", &[]).await;
    let add = || app.by(&ada, "PUT", &format!("{room}/members/{}", eve.id)).key("add").send();
    let added = add().await.is(201);
    let again = add().await.is(201);
    assert!(again.is_replay() && again.body == added.body);
    assert_eq!(again.header("location"), added.header("location"));
    app.done().await;
}

#[tokio::test]
async fn requests_with_one_key_at_once_take_effect_once() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let room = app.room(&ada, "private", &[]).await;
    let before = app.head().await.position;
    let path = format!("{room}/messages");
    let sends = (0..12).map(|_| app.by(&ada, "POST", &path).key("send").json(&json!({"text": "hello"})).send());
    let answers = futures::future::join_all(sends).await;
    let first = answers.iter().find(|answer| !answer.is_replay()).expect("one of them is the first");
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (201, &first.body));
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_replay()).count(), 11);
    assert_eq!(app.types(before).await, ["message_sent"]);
    app.done().await;
}

#[tokio::test]
async fn a_replay_needs_an_open_session() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let make = |token: &str| {
        let body = json!({"type": "group", "name": "Engine room"});
        app.call("POST", "/v1/rooms").token(token).key("make").json(&body).send()
    };
    make(&ada.token).await.is(201);
    let (other, _) = app.signs_in(&ada.email).await;
    assert!(make(&other).await.is(201).is_replay());
    app.by(&ada, "DELETE", "/v1/sessions/current").send().await.is(204);
    make(&ada.token).await.problem(401, "not-signed-in");
    app.done().await;
}
