//! What goes on for longer than it takes to be let in: it ends when the auditor is none any more, and with what is erased.

use serde_json::{Value, json};

use super::{Then, auditor};
use crate::erasures::erases;
use crate::export::unpacked;
use crate::files::content::breaks_off;
use crate::harness::{Setup, TestApp};

#[tokio::test]
async fn what_is_one_s_own_is_taken_along_as_it_was() {
    let setup = Setup::without_nats().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms");
    let app = setup.start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "said then").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let theirs = bob.sends(&room, "said by another").await;
    let secret = alice.confides_in(&bob).await;
    alice.sends(&secret, "a secret").await;
    alice.post(&room.message(&theirs, "/forwards"), json!({"to_room_id": secret.0})).await.expect(201);
    let (gone, kept) = (alice.uploads("gone.txt", "gone").await, alice.uploads("kept.txt", "kept").await);
    let as_of = app.head().await;
    alice.sends(&room, "said since").await;
    alice.delete(&format!("/v1/files/{gone}")).await.expect(204);
    crate::files::left(&app, 1).await;
    // The past knows nothing of who looks at it today.
    let ada = auditor(&app).await;
    let then = Then::serves(&app, as_of).await;
    let answer = then.asked(&ada, &alice, "/v1/users/me/export").raw().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let files = unpacked(&answer.bytes().await.unwrap());
    let said: Value = serde_json::from_str(&files[&format!("messages/{}.jsonl", room.0)]).unwrap();
    assert_eq!(said["text"], "said then");
    let whispered = files[&format!("messages/{}.jsonl", secret.0)].lines().map(|line| -> Value {
        let message: Value = serde_json::from_str(line).unwrap();
        json!([message["status"], message["text"]])
    });
    assert_eq!(whispered.collect::<Vec<_>>(), vec![json!(["deleted", null]); 2], "secret rooms stay shut");
    let listed: Value = serde_json::from_str(&files["files.json"]).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let bytes: Vec<_> = files.iter().filter(|(name, _)| name.starts_with("files/")).collect();
    assert_eq!(json!(bytes), json!([[format!("files/{kept}/kept.txt"), "kept"]]), "what is gone by now is left out");
}

#[tokio::test]
async fn a_download_stops_once_the_auditor_is_none_or_the_bytes_are_erased() {
    let app = TestApp::without_nats().await;
    let (admin, ada) = (app.administrator("root").await, auditor(&app).await);
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let size = 64 * 1024 * 1024;
    let id = bob.uploads("large", vec![7_u8; size]).await;
    bob.sends_files(&room, "", &[id]).await;
    let then = Then::serves(&app, app.head().await).await;
    let path = format!("/v1/files/{id}/content");
    for ends in ["the role", "the account"] {
        let answer = then.asked(&ada, &alice, &path).raw().send().await.unwrap();
        assert_eq!(answer.status(), 200, "{ends}");
        // What is on its way by then fits into buffers, the rest of the file does not.
        if ends == "the role" {
            admin.delete(&format!("/v1/users/{}/roles/auditor", ada.id)).await.expect(204);
        } else {
            erases(&bob).await.expect(200);
        }
        let (broken, got) = breaks_off(answer).await;
        assert!(broken && got < size, "{ends}: {got} of {size}");
        then.shows(&ada, &alice, &path).await.expect_problem(404, "not-found");
        let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
        assert!(granted.status.success(), "{granted:?}");
    }
}
