//! The operator's commands.

use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::harness::{Person, Setup, TestApp};

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Runs a command with something on its standard input.
pub(crate) async fn piped(setup: &Setup, arguments: &[&str], input: &str) -> Output {
    let mut child = setup.process(arguments.iter().copied()).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

#[tokio::test]
async fn an_operator_makes_accounts_sets_passwords_and_gives_roles() {
    let app = TestApp::without_nats().await;
    let made = piped(&app.setup, &["admin", "create-user", "Alice@example.org"], "a first password\n").await;
    let id = succeeded(&made).trim().to_owned();
    let alice = Person::signs_in(&app.url, "alice@example.org", "a first password").await;
    assert_eq!(alice.id.to_string(), id);
    let me = alice.get("/v1/users/me").await.expect(200);
    assert_eq!((&me.body["display_name"], &me.body["email"]), (&"Alice".into(), &"Alice@example.org".into()));
    assert_eq!(me.body["email_verified"], true, "the operator answers for it");

    let again = piped(&app.setup, &["admin", "create-user", "ALICE@example.org"], "another password\n").await;
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(String::from_utf8(again.stderr).unwrap(), "hansard: an account with this email exists\n");

    succeeded(&piped(&app.setup, &["admin", "set-password", "alice@example.org"], "a second password").await);
    alice.get("/v1/users/me").await.expect_problem(401, "not-signed-in");
    let alice = Person::signs_in(&app.url, "alice@example.org", "a second password").await;

    let granted = app.setup.command(["admin", "grant-role", "alice@example.org", "auditor"]).await;
    succeeded(&granted);
    assert_eq!(String::from_utf8(granted.stderr).unwrap(), "");
    app.settled().await;
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["roles"], serde_json::json!(["auditor"]));
    let nobody = app.setup.command(["admin", "grant-role", "nobody@example.org", "admin"]).await;
    assert_eq!(nobody.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(nobody.stderr).unwrap(),
        "hansard: there is no account with the email nobody@example.org\n"
    );
}

#[tokio::test]
async fn whoever_only_registered_is_given_a_role_with_a_warning() {
    let app = TestApp::without_nats().await;
    let mallory = app.registers("ceo").await;
    let granted = app.setup.command(["admin", "grant-role", &mallory.email, "auditor"]).await;
    succeeded(&granted);
    assert_eq!(
        String::from_utf8(granted.stderr).unwrap(),
        "hansard: ceo@example.org is not verified: whoever registered it may be somebody else\n"
    );
    app.settled().await;
    assert_eq!(mallory.get("/v1/users/me").await.expect(200).body["roles"], serde_json::json!(["auditor"]));
}

#[tokio::test]
async fn a_password_that_may_not_be_chosen_is_refused_with_its_reason() {
    let app = TestApp::without_nats().await;
    for (password, reason) in [
        ("short", "password: 5 bytes where"),
        ("password1", "password: is among"),
        ("", "standard input holds no password"),
    ] {
        let refused = piped(&app.setup, &["admin", "create-user", "alice@example.org"], password).await;
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.starts_with(&format!("hansard: {reason}")), "{said}");
    }
    assert_eq!(app.head().await, 0);
}

#[tokio::test]
async fn verification_finds_a_row_that_was_changed_by_hand() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "as it was said").await;
    app.settled().await;
    let clean = succeeded(&app.setup.command(["projections", "verify"]).await);
    assert!(clean.contains("equals a replay of the log"), "{clean}");

    let changed = sqlx::query("update read_v1.message set text = 'as it was not' where text = 'as it was said'");
    assert_eq!(changed.execute(&app.pool).await.unwrap().rows_affected(), 1);
    let found = app.setup.command(["projections", "verify"]).await;
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8(found.stdout).unwrap();
    assert!(said.contains("message id=") && said.contains(" serves, a replay makes "), "{said}");
    assert!(!said.contains("as it was"), "what somebody wrote is shown to nobody: {said}");

    let rebuilt = succeeded(&app.setup.command(["projections", "rebuild"]).await);
    assert!(rebuilt.starts_with("generation 2 serves"), "{rebuilt}");
    assert_eq!(alice.reads(&room).await, ["as it was said"]);
    succeeded(&app.setup.command(["projections", "verify"]).await);
    succeeded(&app.setup.command(["projections", "drop", "1"]).await);
    let status = succeeded(&app.setup.command(["projections", "status"]).await);
    assert!(status.starts_with("generation 2 serves"), "{status}");
}

#[tokio::test]
async fn an_export_is_put_on_record_before_it_is_written() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "a sealed word").await;
    app.settled().await;
    let head = app.head().await;

    let exported = succeeded(&app.setup.command(["audit", "export", "--reason", "case 17"]).await);
    let events: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let positions: Vec<_> = events.iter().map(|event| event["position"].as_i64().unwrap()).collect();
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    assert!(!exported.contains("a sealed word"));
    let (kind, by): (String, Option<String>) =
        sqlx::query_as("select event_type, metadata->>'actor_id' from log.events where position = $1")
            .bind(head + 1)
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!((kind.as_str(), by), ("audit_accessed", None));

    let file = app.setup.folder.path().join("room.json");
    let room = room.0.to_string();
    let arguments = ["audit", "export", "--reason=case 17", "--format=cloudevents", "--open", "--room", &room];
    let written = app.setup.command(arguments.into_iter().chain(["--output", file.to_str().unwrap()])).await;
    assert_eq!(succeeded(&written), "");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("a sealed word"), "{text}");
    assert!(serde_json::from_str::<Vec<Value>>(&text).unwrap().iter().all(|event| event["specversion"] == "1.0"));

    let unreasonable = app.setup.command(["audit", "export", "--reason", ""]).await;
    assert_eq!(unreasonable.status.code(), Some(1));
}

#[tokio::test]
async fn the_master_key_is_rotated_and_the_older_version_retired() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "sealed with the first").await;
    let key = app.setup.folder.path().join("master.key");
    let (first, second) = (std::fs::read_to_string(&key).unwrap(), format!("2:{}\n", "b7".repeat(32)));
    std::fs::write(&key, format!("{first}{second}")).unwrap();
    let rotated = succeeded(&app.setup.command(["keys", "rotate"]).await);
    assert!(!rotated.starts_with("0 keys"), "{rotated}");
    std::fs::write(&key, second).unwrap();
    let exported = succeeded(&app.setup.command(["audit", "export", "--reason=rotation", "--open"]).await);
    assert!(exported.contains("sealed with the first"));
    assert_eq!(succeeded(&app.setup.command(["keys", "rotate"]).await).split(' ').next(), Some("0"));
}

#[tokio::test]
async fn a_mistake_of_usage_is_told_apart_from_a_failure() {
    let setup = Setup::on("postgres://nobody@127.0.0.1:1/none");
    for arguments in [
        &["frobnicate"][..],
        &["audit", "export"],
        &["audit", "export", "--reason=x", "--to=9999-12-31T23:59:59-01:00"],
        &["admin", "grant-role", "a@example.org", "king"],
    ] {
        assert_eq!(setup.command(arguments.iter().copied()).await.status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["serve", "--help"], &["audit", "export", "--help"], &["--version"]] {
        assert!(setup.command(arguments.iter().copied()).await.status.success(), "{arguments:?}");
    }
}
