//! Rooms: made, changed, archived.

use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn a_room_is_made_with_people_in_it() {
    let app = App::new().await;
    let (ada, eve, bob) = (app.person("ada").await, app.person("eve").await, app.person("bob").await);
    let before = app.head().await.position;
    let body = json!({
        "type": "group", "name": "Engine room", "topic": "Steam",
        "member_ids": [eve.id, bob.id, eve.id, ada.id],
    });
    let answer = app.by(&ada, "POST", "/v1/rooms").json(&body).send().await.is(201);
    let room = format!("/v1/rooms/{}", answer.text("id"));
    assert_eq!(answer.header("location"), Some(&*room));
    let types = ["room_created", "membership_joined", "membership_added", "membership_added"];
    assert_eq!(app.types(before).await, types);
    assert_eq!(answer.body["position"], before + 4);
    for event in app.events(before).await {
        assert!(!event.payload.contains("Engine") && !event.payload.contains("Steam"), "{}", event.payload);
        assert_eq!(event.metadata().unwrap().room_id.map(|id| id.to_string()), Some(answer.text("id")));
    }
    app.message(&bob, &room, "hello").await;
    app.done().await;
}

#[tokio::test]
async fn what_a_room_cannot_be_is_refused() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let make = |body| app.by(&ada, "POST", "/v1/rooms").json(&body).send();
    make(json!({"type": "dialog", "member_ids": [ada.id]})).await.invalid("/member_ids/0");
    make(json!({"type": "secret", "member_ids": [ada.id]})).await.invalid("/member_ids/0");
    make(json!({"type": "party", "name": "x"})).await.invalid("/type");
    make(json!({"type": "group", "name": " "})).await.invalid("/name");
    make(json!({"type": "group", "name": "x", "topic": "x".repeat(1001)})).await.invalid("/topic");
    make(json!({"type": "group", "name": "x", "permissions": ["fly"]})).await.invalid("/permissions/0");
    make(json!({"type": "group", "name": "x", "visibility": "secret"})).await.invalid("/visibility");
    let nobody = app.context.new_id();
    make(json!({"type": "group", "name": "x", "member_ids": [ada.id, nobody]})).await.invalid("/member_ids/1");
    make(json!({"type": "group", "name": "x", "member_ids": vec![nobody; 201]})).await.invalid("/member_ids");
    make(json!({"type": "group", "name": "x", "id": "01890a5d-ac96-474b-bcce-b302099a8057"})).await.invalid("/id");
    assert_eq!(app.head().await.position, 2);
    app.done().await;
}

#[tokio::test]
async fn a_room_is_changed_by_who_may() {
    let app = App::new().await;
    let (ada, eve, stranger) = (app.person("ada").await, app.person("eve").await, app.person("stranger").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    let patch = |person, body| app.by(person, "PATCH", &room).json(&body);

    let before = app.head().await.position;
    let body = json!({"name": "Boiler room", "topic": "Steam", "visibility": "private"});
    let answer = patch(&ada, body).if_version(1).send().await.is(200);
    assert_eq!(app.types(before).await, ["room_renamed", "room_topic_changed"]);
    assert_eq!(answer.header("etag"), Some("\"v3\""));
    assert_eq!((answer.position(), answer.body["position"].as_i64()), (before + 2, Some(before + 2)));
    assert_eq!((answer.text("name"), answer.text("topic")), ("Boiler room".to_owned(), "Steam".to_owned()));
    assert_eq!((answer.text("visibility"), answer.body["version"].as_i64()), ("private".to_owned(), Some(3)));

    let cleared = patch(&ada, json!({"topic": null})).send().await.is(200);
    assert_eq!(cleared.body["topic"], json!(null));
    patch(&ada, json!({"name": null})).send().await.invalid("/name");
    patch(&ada, json!({"permissions": ["fly"]})).send().await.invalid("/permissions/0");
    patch(&ada, json!({"name": "x"})).if_version(1).send().await.problem(412, "version-mismatch");

    patch(&eve, json!({"name": "x"})).send().await.problem(403, "forbidden");
    let hidden = patch(&stranger, json!({"name": "x"})).send().await.problem(404, "not-found");
    let nowhere = format!("/v1/rooms/{}", app.context.new_id());
    let absent = app.by(&stranger, "PATCH", &nowhere).json(&json!({"name": "x"})).send().await;
    assert_eq!(hidden.body["detail"], absent.problem(404, "not-found").body["detail"]);
    for bad in ["/v1/rooms/nonsense", &room.to_uppercase().replace("/V1/ROOMS", "/v1/rooms")] {
        app.by(&ada, "PATCH", bad).json(&json!({"name": "x"})).send().await.problem(404, "not-found");
    }
    patch(&ada, json!({"visibility": "public"})).send().await.is(200);
    patch(&stranger, json!({"name": "x"})).send().await.problem(403, "not-a-member");
    app.done().await;
}

#[tokio::test]
async fn nobody_gives_everyone_what_they_lack_themselves() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    let give = |person, permissions| app.by(person, "PATCH", &room).json(&json!({"permissions": permissions})).send();
    give(&ada, json!(["send_messages", "manage_room"])).await.is(200);
    give(&eve, json!(["send_messages", "manage_room", "ban_members"])).await.problem(403, "outranked");
    let narrowed = give(&eve, json!(["send_messages"])).await.is(200);
    assert_eq!(narrowed.body["permissions"], json!(["send_messages"]));
    give(&eve, json!([])).await.problem(403, "forbidden");
    app.done().await;
}

#[tokio::test]
async fn an_archived_room_is_read_not_written() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    let message = app.message(&ada, &room, "hello").await;
    let archive = |person, method| app.by(person, method, &format!("{room}/archive"));

    archive(&eve, "PUT").send().await.problem(403, "forbidden");
    archive(&ada, "PUT").if_version(9).send().await.problem(412, "version-mismatch");
    let archived = archive(&ada, "PUT").send().await.is(204).position();
    assert_eq!(archive(&ada, "PUT").send().await.is(204).position(), archived);

    let text = json!({"text": "more"});
    app.by(&ada, "POST", &format!("{room}/messages")).json(&text).send().await.problem(409, "archived");
    app.by(&ada, "PATCH", &message).json(&text).send().await.problem(409, "archived");
    app.by(&ada, "DELETE", &message).send().await.problem(409, "archived");
    app.by(&ada, "PATCH", &room).json(&json!({"name": "x"})).send().await.problem(409, "archived");
    let read = json!({"position": archived});
    app.by(&eve, "PUT", &format!("{room}/read")).json(&read).send().await.is(204);

    archive(&ada, "DELETE").send().await.is(204);
    app.message(&eve, &room, "back").await;
    app.done().await;
}
