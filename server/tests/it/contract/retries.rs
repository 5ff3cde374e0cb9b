//! The same command again, and commands about another version.

use api_kit::Timestamp;
use domain::id::InviteCode;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::scene::People;
use super::{Row, Scene, every_row, rows};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

/// It ends the session in which it would be asked for again.
const LAST_OF_A_SESSION: &str = "RevokeCurrentSession";

/// They mail, and what they mail is taken: the log does not move, or by a link alone.
const BY_MAIL: [&str; 3] = ["RequestPasswordReset", "ResetPassword", "VerifyEmail"];

/// They take no key: one answers with a secret, which is kept nowhere; one is relayed and forgotten; and tus has ways of its own
/// to go on with what was begun.
const WITHOUT_A_KEY: [&str; 6] =
    ["AppendUpload", "CreateUpload", "EndUpload", "SendSignal", "StartSession", "TunnelUpload"];

/// They change what has a version, and may say which they mean.
const ABOUT_A_VERSION: [&str; 30] = [
    "AddMember",
    "AgreeOnAuditor",
    "ArchiveRoom",
    "BlockUser",
    "ChangeEmail",
    "ChangePassword",
    "ChangeRole",
    "CloseRoom",
    "DefineRole",
    "DeleteMessage",
    "DeleteRole",
    "EditMessage",
    "EraseUser",
    "GrantAdmin",
    "LeaveRoom",
    "PinMessage",
    "ReinstateUser",
    "RemoveMember",
    "RevokeAdmin",
    "RevokeAuditor",
    "RevokeOtherSessions",
    "SuspendUser",
    "TransferOwnership",
    "UnarchiveRoom",
    "UnblockUser",
    "UnpinMessage",
    "UpdateMembership",
    "UpdateProfile",
    "UpdateRoom",
    "UpdateSettings",
];

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
    let receipts = sqlx::query_scalar::<_, Json<Value>>("select answer from log.receipts").fetch_all(&app.pool).await;
    let receipts = receipts.unwrap();
    assert!(receipts.len() > 30, "the receipts were not read");
    for Json(answer) in &receipts {
        says_nothing(answer);
    }
}

/// Fails if a receipt holds text that is none of ours: it stays in clear, whoever is erased.
fn says_nothing(answer: &Value) {
    match answer {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::Array(items) => items.iter().for_each(says_nothing),
        Value::Object(fields) => fields.values().for_each(says_nothing),
        Value::String(text) => {
            let is_key = text.rsplit_once('/').is_some_and(|(_, id)| id.parse::<Uuid>().is_ok());
            let is_time = serde_json::from_value::<Timestamp>(answer.clone()).is_ok();
            let is_ours = text.parse::<Uuid>().is_ok() || text.parse::<InviteCode>().is_ok() || is_key || is_time;
            assert!(is_ours, "a receipt holds {text}");
        }
    }
}

#[test]
fn every_command_takes_a_key_but_these() {
    let takes_none = |row: &Row| !["GET", "HEAD", "OPTIONS"].contains(&&*row.method) && !row.takes("Idempotency-Key");
    let mut without: Vec<_> = every_row().into_iter().filter(takes_none).map(|row| row.name).collect();
    without.sort();
    assert_eq!(without, WITHOUT_A_KEY);
    for row in every_row().iter().filter(|row| row.is(&WITHOUT_A_KEY)) {
        assert!(row.words().contains("It takes no `Idempotency-Key`"), "{} does not say so", row.name);
    }
}

#[test]
fn these_commands_are_about_a_version() {
    let mut about: Vec<_> = every_row().into_iter().filter(|row| row.takes("If-Match")).map(|row| row.name).collect();
    about.sort();
    assert_eq!(about, ABOUT_A_VERSION);
}

#[tokio::test]
async fn a_mail_that_is_asked_for_again_is_mailed_once() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let asked = json!({"email": alice.email});
    let head = app.head().await;
    let forms = [
        ("/v1/password-resets", Some(&asked)),
        ("/v1/users/verification", Some(&asked)),
        ("/v1/users/verification", None),
    ];
    for (mails, (path, body)) in (0..).step_by(2).zip(forms) {
        let ask = async |key: &str| {
            let request = alice.request("POST", path).header("idempotency-key", key);
            match body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            }
        };
        let (key, another) = (format!("first-{mails}"), format!("another-{mails}"));
        let first = ask(&key).await.expect(202);
        app.mail_to(&alice.email, mails + 1).await;
        let again = ask(&key).await.expect(202);
        let replayed = [&first, &again].map(|answer| answer.header("idempotent-replayed"));
        assert_eq!(replayed, [None, Some("true")], "{path}");
        assert_eq!((again.position(), &again.text), (first.position(), &first.text), "{path}");
        ask(&another).await.expect(202);
        app.mail_to(&alice.email, mails + 2).await;
        assert_eq!(app.setup.mails().len(), mails + 2, "{path} mailed again");
        ask("two words").await.expect_problem(400, "invalid-header");
        if body.is_some() {
            let reused = alice.request("POST", path).header("idempotency-key", &key);
            let reused = reused.json(&json!({"email": "Alice@example.org"})).send().await;
            reused.expect_problem(422, "idempotency-key-reused");
        }
    }
    assert_eq!(app.head().await, head);
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
