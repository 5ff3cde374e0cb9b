//! One event, proved to somebody who has one file and a key.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::sealed;
use crate::harness::Setup;

/// Runs `hansard audit verify-proof`, with no database.
async fn verify(setup: &Setup, proof: &Path, key: &str) -> (bool, String) {
    let mut process = setup.process(["audit", "verify-proof", proof.to_str().unwrap(), "--key", key]);
    let Output { status, stdout, stderr } =
        process.env_remove("DATABASE_URL").env_remove("HANSARD_MASTER_KEY_FILE").output().await.unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[tokio::test]
async fn a_message_is_proved_by_one_file_and_a_key() {
    let (app, ada) = sealed().await;
    let (bob, room) = app.member_of_a_room("bob").await;
    let sent = bob.sends(&room, "of bob").await;
    let key = ada.get("/v1/audit/checkpoint-key").await.expect(200).text.trim().to_owned();
    let (file, position) = (app.setup.folder.path().join("proof.json"), sent.position.to_string());
    let before = app.head().await;
    let arguments = ["audit", "prove", "--reason=complaint", "--open", "--position", &position, "--output"];
    let proved = app.setup.command(arguments.into_iter().chain([file.to_str().unwrap()])).await;
    assert!(proved.status.success(), "{proved:?}");
    let what = "select payload->>'what' from log.events where event_type = 'audit_accessed' and position = $1";
    let what: String = sqlx::query_scalar(what).bind(before + 1).fetch_one(&app.pool).await.unwrap();
    assert_eq!(what, format!("hansard audit prove --position {position} --open"));

    let (is_true, told) = verify(&app.setup, &file, &key).await;
    let begins = format!("position {position}: message_sent of message-{}, recorded at ", sent.id);
    assert!(is_true && told.starts_with(&begins) && told.contains(&format!("by {};", bob.id)), "{told}");
    assert!(told.contains("is the word of whoever wrote the file"), "{told}");
    let proof: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(proof["event"]["opened"]["content"]["open"]["text"], "of bob");
    for (pointer, value) in [
        ("/event/metadata/actor_id", json!(ada.id)),
        ("/event/recorded_at", json!("2020-01-01T00:00:00.000000Z")),
        ("/event/payload/room_id", json!(ada.id)),
        ("/event/position", json!(sent.position - 1)),
        ("/hashes", json!([])),
        ("/checkpoint", json!("hansard/x\n1\nAAAA\n")),
    ] {
        let mut forged = proof.clone();
        *forged.pointer_mut(pointer).unwrap() = value;
        std::fs::write(&file, forged.to_string()).unwrap();
        let (is_true, told) = verify(&app.setup, &file, &key).await;
        assert!(!is_true && !told.is_empty(), "{pointer}: {told}");
    }
    std::fs::write(&file, serde_json::to_string_pretty(&proof).unwrap()).unwrap();
    assert!(verify(&app.setup, &file, &key).await.0);
    assert!(!verify(&app.setup, &file, "hansard/x+12345678+AQ==").await.0);

    let beyond = app.setup.command(["audit", "prove", "--reason=x", "--position", "999999"]).await;
    assert_eq!(beyond.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&beyond.stderr).contains("the log ends at position"), "{beyond:?}");
}
