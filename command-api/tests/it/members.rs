//! Who is in a room: added, joined, removed, left.

use serde_json::json;

use crate::app::{App, PASSWORD};

#[tokio::test]
async fn a_member_is_added_once() {
    let app = App::new().await;
    let (ada, eve, bob) = (app.person("ada").await, app.person("eve").await, app.person("bob").await);
    let room = app.room(&ada, "private", &[&bob]).await;
    let path = format!("{room}/members/{}", eve.id);

    app.by(&bob, "PUT", &path).send().await.problem(403, "forbidden");
    let added = app.by(&ada, "PUT", &path).send().await.is(201);
    assert_eq!((added.header("location"), added.text("user_id")), (Some(&*path), eve.id.clone()));
    assert_eq!(added.body["position"], added.position());
    let again = app.by(&ada, "PUT", &path).json(&json!({})).send().await.is(200);
    assert!(again.position() >= added.position() && again.header("location").is_none());
    assert_eq!(app.head().await.position, added.position());
    app.message(&eve, &room, "hello").await;

    let add = |who: &str, body| app.by(&ada, "PUT", &format!("{room}/members/{who}")).json(&body).send();
    add(&app.context.new_id().to_string(), json!({})).await.problem(404, "not-found");
    add("nonsense", json!({})).await.problem(404, "not-found");
    add(&eve.id, json!({"roles": [app.context.new_id()]})).await.invalid("/roles/0");
    add(&eve.id, json!({"rank": 1})).await.invalid("/rank");
    app.by(&ada, "PUT", &path).header("content-length", "2").send().await.is(200);
    app.done().await;
}

#[tokio::test]
async fn nobody_adds_themselves() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (private, public) = (app.room(&ada, "private", &[]).await, app.room(&ada, "public", &[]).await);
    let add = |person, room: &str, who: &str| app.by(person, "PUT", &format!("{room}/members/{who}")).send();
    add(&eve, &private, &eve.id).await.problem(404, "not-found");
    add(&eve, &public, &eve.id).await.problem(403, "not-a-member");
    add(&eve, &public, &ada.id).await.problem(403, "not-a-member");
    add(&ada, &private, &ada.id).await.is(200);
    app.done().await;
}

#[tokio::test]
async fn anybody_joins_a_public_room() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (private, public) = (app.room(&ada, "private", &[]).await, app.room(&ada, "public", &[]).await);
    let join = |room: &str| app.by(&eve, "PUT", &format!("{room}/members/me")).send();
    join(&private).await.problem(404, "not-found");
    join(&format!("/v1/rooms/{}", app.context.new_id())).await.problem(404, "not-found");
    let joined = join(&public).await.is(201);
    assert_eq!(joined.header("location"), Some(&*format!("{public}/members/{}", eve.id)));
    assert_eq!(join(&public).await.is(200).position(), joined.position());

    app.by(&eve, "DELETE", &format!("{public}/members/me")).send().await.is(204);
    app.by(&ada, "PUT", &format!("{public}/archive")).send().await.is(204);
    join(&public).await.problem(409, "archived");
    app.done().await;
}

#[tokio::test]
async fn who_was_removed_does_nothing_any_more() {
    let app = App::new().await;
    let (ada, eve, bob) = (app.person("ada").await, app.person("eve").await, app.person("bob").await);
    let room = app.room(&ada, "private", &[&eve, &bob]).await;
    let message = app.message(&eve, &room, "hello").await;
    let remove = |person, who: &str| app.by(person, "DELETE", &format!("{room}/members/{who}")).send();

    remove(&bob, &eve.id).await.problem(403, "forbidden");
    remove(&bob, &ada.id).await.problem(403, "forbidden");
    let removed = remove(&ada, &eve.id).await.is(204).position();
    assert_eq!(app.types(removed - 1).await, ["membership_removed"]);
    remove(&ada, &eve.id).await.problem(404, "not-found");
    remove(&eve, &bob.id).await.problem(404, "not-found");

    let (messages, read) = (format!("{room}/messages"), format!("{room}/read"));
    let text = json!({"text": "still here"});
    app.by(&eve, "POST", &messages).json(&text).send().await.problem(404, "not-found");
    app.by(&eve, "PATCH", &message).json(&text).send().await.problem(404, "not-found");
    app.by(&eve, "DELETE", &message).send().await.problem(404, "not-found");
    app.by(&eve, "PUT", &read).json(&json!({"position": 1})).send().await.problem(404, "not-found");
    assert_eq!(app.head().await.position, removed);

    app.by(&ada, "PUT", &format!("{room}/members/{}", eve.id)).send().await.is(201);
    app.message(&eve, &room, "back").await;
    app.done().await;
}

#[tokio::test]
async fn who_may_remove_others_removes_none_who_stands_as_high() {
    let app = App::new().await;
    let (ada, eve, bob) = (app.person("ada").await, app.person("eve").await, app.person("bob").await);
    let room = app.room(&ada, "private", &[&eve, &bob]).await;
    let permissions = json!({"permissions": ["send_messages", "remove_members"]});
    app.by(&ada, "PATCH", &room).json(&permissions).send().await.is(200);
    let remove = |who: &str| app.by(&eve, "DELETE", &format!("{room}/members/{who}")).send();
    remove(&ada.id).await.problem(403, "outranked");
    remove(&bob.id).await.problem(403, "outranked");
    app.done().await;
}

#[tokio::test]
async fn anybody_leaves_an_owner_too() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let room = app.room(&ada, "private", &[&eve]).await;
    app.by(&eve, "DELETE", &format!("{room}/members/{}", eve.id)).send().await.is(204);
    app.by(&eve, "DELETE", &format!("{room}/members/me")).send().await.problem(404, "not-found");
    app.by(&ada, "DELETE", &format!("{room}/members/me")).send().await.is(204);
    app.by(&ada, "PATCH", &room).json(&json!({"name": "x"})).send().await.problem(404, "not-found");
    app.done().await;
}

/// What an instance has in memory of somebody may be from before they were erased by another.
#[tokio::test]
async fn who_was_erased_elsewhere_comes_into_no_room() {
    let app = App::new().await;
    let elsewhere = app.another().await;
    let ada = app.person("ada").await;
    let room = app.room(&ada, "private", &[]).await;
    for (name, refused) in [("added", 404), ("there from the start", 422), ("banned", 404), ("blocked", 404)] {
        let eve = app.person(&name.replace(' ', "-")).await;
        // So that the other instance has her in memory.
        elsewhere.room(&eve, "private", &[]).await;
        app.by(&eve, "DELETE", "/v1/users/me").json(&json!({"password": PASSWORD})).send().await.is(200);
        let head = app.head().await.position;
        let asked = match name {
            "added" => elsewhere.by(&ada, "PUT", &format!("{room}/members/{}", eve.id)),
            "banned" => elsewhere.by(&ada, "PUT", &format!("{room}/bans/{}", eve.id)),
            "blocked" => elsewhere.by(&ada, "PUT", &format!("/v1/users/me/blocks/{}", eve.id)),
            _ => elsewhere.by(&ada, "POST", "/v1/rooms").json(&json!({"type": "group", "member_ids": [eve.id]})),
        };
        let answer = asked.send().await;
        assert_eq!((answer.status.as_u16(), app.head().await.position), (refused, head), "{name}: {answer:?}");
    }
    app.done().await;
}

#[tokio::test]
async fn a_send_and_a_removal_at_once_end_in_order() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    for _ in 0..10 {
        let room = app.room(&ada, "private", &[&eve]).await;
        let (path, messages) = (format!("{room}/members/{}", eve.id), format!("{room}/messages"));
        let sends = (0..8).map(|_| app.by(&eve, "POST", &messages).json(&json!({"text": "hello"})).send());
        let remove = app.by(&ada, "DELETE", &path).send();
        let (removed, sent) = futures::join!(remove, futures::future::join_all(sends));
        let removed = removed.is(204).position();
        for answer in sent {
            match answer.status.as_u16() {
                201 => assert!(answer.position() < removed, "{answer:?} after the removal at {removed}"),
                _ => drop(answer.problem(404, "not-found")),
            }
        }
    }
    app.done().await;
}
