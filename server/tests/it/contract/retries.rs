//! The same command again, and commands about another version.

use serde_json::json;

use super::scene::People;
use super::{Row, Scene, rows};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

/// It ends the session in which it would be asked for again.
const LAST_OF_A_SESSION: &str = "RevokeCurrentSession";

/// What they take is mailed, and has stories of its own.
const BY_MAIL: [&str; 2] = ["ResetPassword", "VerifyEmail"];

/// A scene on which a row changes something.
async fn scene(app: &TestApp, people: &People, row: &Row) -> Scene {
    let mut scene = people.scene(app, row).await;
    let (asks, room, me) = (scene.asks.clone(), scene.room, scene.room.path("/members/me"));
    match row.name.as_str() {
        "JoinRoom" => {
            asks.patch(&room.path(""), json!({"visibility": "public"})).await.expect(200);
            asks.delete(&me).await.expect(204);
        }
        "AcceptInvite" => {
            let code = people.bob.creates_room("bob's").await;
            scene.code = people.bob.invites(&code, json!({})).await;
        }
        "RevokeSession" => scene.session = Person::signs_in(&app.url, &asks.email, PASSWORD).await.session(),
        "MarkRead" => scene.latest = people.bob.sends(&room, "news").await.position,
        "RevokeAdmin" | "RevokeAuditor" | "ReinstateUser" | "RemoveReaction" | "UnarchiveRoom" | "UnblockUser"
        | "UnpinMessage" => {
            let done = asks.put(&row.address(&scene), json!({})).await;
            assert!(done.status < 300, "{}: {}", row.name, done.text);
        }
        _ => {}
    }
    scene
}

/// Gives back what outlasts a scene.
async fn leave(people: &People, row: &Row, scene: &Scene) {
    if row.is(&["AgreeOnAuditor", "GrantAdmin", "SuspendUser"]) {
        people.alice.delete(&row.address(scene)).await.expect(204);
    }
}

#[tokio::test]
async fn a_command_that_comes_again_is_answered_alike_and_does_nothing() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    for row in rows().iter().filter(|row| row.takes("Idempotency-Key") && !row.is(&BY_MAIL)) {
        let scene = scene(&app, &people, row).await;
        let key = format!("to {}", row.name).replace(' ', "-");
        let before = last(&app).await;
        let first = scene.asked_with(row, "idempotency-key", &key).await;
        let head = last(&app).await;
        assert!(matches!(first.status, 200..300), "{}: {}", row.name, first.text);
        assert!(head > before, "{} changes nothing", row.name);
        assert_eq!((first.position(), first.header("idempotent-replayed")), (Some(head), None), "{}", row.name);
        assert_eq!(first.header("location").is_some(), first.status == 201, "{}", row.name);
        let again = scene.asked_with(row, "idempotency-key", &key).await;
        assert_eq!(last(&app).await, head, "{} happened again", row.name);
        if row.name == LAST_OF_A_SESSION {
            again.expect_problem(401, "not-signed-in");
            continue;
        }
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{}", row.name);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{}", row.name);
        for header in ["event-position", "location", "etag"] {
            assert_eq!(again.header(header), first.header(header), "{} {header}", row.name);
        }
        if !row.is(&["EraseUser", "RegisterUser"]) {
            let other = scene.asks.request("PUT", "/v1/users/me/settings").header("idempotency-key", &key);
            other.json(&json!({})).send().await.expect_problem(422, "idempotency-key-reused");
        }
        leave(&people, row, &scene).await;
    }
}

#[tokio::test]
async fn a_command_about_another_version_is_refused_and_does_nothing() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    for row in rows().iter().filter(|row| row.takes("If-Match")) {
        let scene = people.scene(&app, row).await;
        let head = last(&app).await;
        let refused = async |tag: &str, status, slug| {
            let answer = scene.asked_with(row, "if-match", tag).await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (status, Some(slug)), "{} {tag}: {}", row.name, answer.text);
        };
        for tag in ["\"v99\"", "W/\"v1\"", "\"v98\", \"v99\""] {
            refused(tag, 412, "version-mismatch").await;
        }
        for tag in ["v1", "", "1"] {
            refused(tag, 400, "invalid-header").await;
        }
        assert_eq!(last(&app).await, head, "{}", row.name);
        let answer = scene.asked_with(row, "if-match", "*").await;
        assert!(matches!(answer.status, 200..300), "{}: {}", row.name, answer.text);
        leave(&people, row, &scene).await;
    }
}

/// Position of the last event that somebody asked for: what the server does by itself comes at any moment.
async fn last(app: &TestApp) -> i64 {
    let events = "select max(position) from log.events where event_type <> 'erasure_finished'";
    sqlx::query_scalar(events).fetch_one(&app.pool).await.unwrap()
}
