//! The record: heads, proofs, and exports that are checked with them alone.

mod accesses;
mod erased;
mod exports;
mod proofs;
mod pushed;
pub(crate) mod receipts;
mod rotation;
mod sealers;
mod tampering;
mod tiles;

use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use record::{Head, VerifierKey};
use serde_json::Value;
use tlog_tiles::{Hash, check_record, check_tree, record_hash};

use crate::harness::{Answer, Person, Setup, TestApp};

/// An application that signs its record, an auditor, and some events.
async fn sealed() -> (TestApp, Person) {
    sealed_on(Setup::without_nats().await).await
}

async fn sealed_on(setup: Setup) -> (TestApp, Person) {
    let app = setup.signing().start().await;
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    let (alice, room) = app.member_of_a_room("alice").await;
    for text in ["one", "two \u{1f980} \u{7}\"\\", "three"] {
        alice.sends(&room, text).await;
    }
    (app, ada)
}

/// The head that covers the log as it is.
async fn checkpoint(app: &TestApp, auditor: &Person) -> Answer {
    auditor.get(&format!("/v1/audit/checkpoint?min_position={}", app.head().await)).await.expect(200)
}

async fn export(auditor: &Person) -> String {
    let request = auditor.request("GET", "/v1/audit/events").header("accept", "application/x-ndjson");
    request.header("audit-reason", "yearly").send().await.expect(200).text
}

async fn proof(auditor: &Person, query: &str) -> Vec<Hash> {
    let answer = auditor.get(&format!("/v1/audit/proofs/{query}")).await.expect(200);
    let hash = |hash: &Value| Hash(STANDARD.decode(hash.as_str().unwrap()).unwrap().try_into().unwrap());
    answer.body["hashes"].as_array().unwrap().iter().map(hash).collect()
}

/// The hash of an event's leaf, made of an export's line as `DESIGN` says and by nothing of the server's.
fn leaf(line: &str) -> Hash {
    let event: Value = serde_json::from_str(line).unwrap();
    let sha256 = |field: &str| {
        let canonical = serde_json_canonicalizer::to_string(&event[field]).unwrap();
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(canonical))
    };
    let leaf = serde_json::json!({
        "event_id": event["event_id"], "metadata_sha256": sha256("metadata"), "payload_sha256": sha256("payload"),
        "position": event["position"], "recorded_at": event["recorded_at"], "sequence": event["sequence"],
        "stream": event["stream"], "type": event["type"], "version": event["version"],
    });
    record_hash(serde_json_canonicalizer::to_string(&leaf).unwrap().as_bytes())
}

#[tokio::test]
async fn each_event_is_proved_to_be_in_a_head_that_a_third_party_verifies() {
    let (app, ada) = sealed().await;
    let first = checkpoint(&app, &ada).await;
    let keys = ada.get("/v1/audit/checkpoint-key").await.expect(200).text;
    let keys: Vec<_> = keys.lines().map(|key| VerifierKey(key.to_owned())).collect();
    assert_eq!(keys.len(), 1);
    let old = Head::verify(first.text.as_bytes(), &keys).unwrap();
    assert_eq!(first.position(), Some(old.size.cast_signed()));

    let (bob, room) = app.member_of_a_room("bob").await;
    bob.sends(&room, "later").await;
    let lines = export(&ada).await;
    let second = checkpoint(&app, &ada).await;
    let new = Head::verify(second.text.as_bytes(), &keys).unwrap();
    assert!(new.size > old.size && new.origin == old.origin);

    let consistent = proof(&ada, &format!("consistency?from={}&to={}", old.size, new.size)).await;
    check_tree(&consistent, new.size, Hash(new.root), old.size, Hash(old.root)).unwrap();
    for (index, line) in (0..).zip(lines.lines()) {
        let included = proof(&ada, &format!("inclusion?position={}&size={}", index + 1, new.size)).await;
        check_record(&included, new.size, Hash(new.root), index, leaf(line)).unwrap();
    }
    let tile = ada.get(&format!("/v1/audit/tile/0/000.p/{}", old.size)).await.expect(200);
    assert_eq!(tile.header("content-length"), Some((old.size * 32).to_string().as_str()));
}

#[tokio::test]
async fn heads_are_for_auditors_and_what_is_not_sealed_is_not_there() {
    let (app, ada) = sealed().await;
    let size = checkpoint(&app, &ada).await.position().unwrap();
    let alice = app.registers("alice2").await;
    let head = app.head().await;
    for path in [
        "checkpoint",
        "checkpoint-key",
        "tile/0/000.p/1",
        "proofs/inclusion?position=1&size=1",
        "proofs/consistency?from=1&to=1",
    ] {
        assert!(ada.get(&format!("/v1/audit/{path}")).await.expect(200).position().is_some(), "{path}");
        let wrong = format!("/v1/audit/{path}{}colour=red", if path.contains('?') { '&' } else { '?' });
        ada.get(&wrong).await.expect_problem(400, "invalid-query");
        alice.get(&wrong).await.expect_problem(404, "not-found");
        alice.get(&format!("/v1/audit/{path}")).await.expect_problem(404, "not-found");
        app.get(&format!("/v1/audit/{path}")).await.expect(401);
    }
    for path in [
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/entries/000.p/1",
        "tile/0/0",
        "tile/x/000",
        "tile/%FF",
        "tile/0/%00",
        &format!("proofs/inclusion?position=1&size={}", size + 1000),
        &format!("proofs/consistency?from={0}&to={0}", size + 1000),
    ] {
        ada.get(&format!("/v1/audit/{path}")).await.expect_problem(404, "not-found");
    }
    ada.get("/v1/audit/proofs/inclusion?position=x&size=1").await.expect(400);
    ada.get("/v1/audit/proofs/inclusion?position=1").await.expect(400);
    assert_eq!(app.head().await, head, "hashes are no access");
}

/// Runs `hansard audit verify`.
async fn verify(setup: &Setup, export: &Path, arguments: &[&str]) -> Output {
    let all = ["audit", "verify", export.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
    setup.process(all).env_remove("DATABASE_URL").env_remove("HANSARD_MASTER_KEY_FILE").output().await.unwrap()
}

#[tokio::test]
async fn an_export_is_checked_offline_and_what_was_changed_is_named() {
    let (app, ada) = sealed().await;
    let file = |name: &str| -> PathBuf { app.setup.folder.path().join(name) };
    let write = |name: &str, text: &str| std::fs::write(file(name), text).unwrap();
    checkpoint(&app, &ada).await;
    let lines = export(&ada).await;
    let head = checkpoint(&app, &ada).await.text;
    write("checkpoint", &head);
    write("key", &ada.get("/v1/audit/checkpoint-key").await.expect(200).text);
    ada.get("/v1/users/me").await.expect(200);
    let (checkpoint_file, key_file) = (file("checkpoint"), file("key"));
    let given = ["--checkpoint", checkpoint_file.to_str().unwrap(), "--key", key_file.to_str().unwrap()];

    // The access that the export itself was is on record after it: the checkpoint covers it, the export lacks it.
    let whole: Vec<&str> = lines.lines().collect();
    write("export", &lines);
    let ends = verify(&app.setup, &file("export"), &given).await;
    let told = format!("position {}: the export ends before it", whole.len() + 1);
    assert!(!ends.status.success() && String::from_utf8_lossy(&ends.stdout).contains(&told), "{ends:?}");
    write("export", &export(&ada).await);
    let agreed = verify(&app.setup, &file("export"), &given).await;
    assert!(agreed.status.success(), "{agreed:?}");
    let told = format!("{} events are as they were recorded", whole.len() + 1);
    assert!(String::from_utf8_lossy(&agreed.stdout).contains(&told), "{agreed:?}");
    // Of what is past the checkpoint it says nothing, and that there is some.
    write("export", &export(&ada).await);
    let later = verify(&app.setup, &file("export"), &given).await;
    let told = format!("{told}; 1 events past the checkpoint are not yet covered\n");
    assert_eq!((later.status.code(), String::from_utf8_lossy(&later.stdout)), (Some(0), told.into()), "{later:?}");

    let changed = whole[4].replacen("\"version\":\"1\"", "\"version\":\"2\"", 1);
    assert_ne!(changed, whole[4]);
    for (tampered, position) in [
        ([&whole[..4], &[changed.as_str()], &whole[5..]].concat(), 5),
        ([&whole[..4], &whole[5..]].concat(), 5),
        ([&whole[..4], &[whole[5], whole[4]], &whole[6..]].concat(), 5),
    ] {
        write("tampered", &(tampered.join("\n") + "\n"));
        let found = verify(&app.setup, &file("tampered"), &given).await;
        let told = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(!found.status.success() && told.contains(&format!("position {position}:")), "{found:?}");
    }
    let other = Setup::without_nats().await;
    let made = other.command(["admin", "create-signing-key", file("other.key").to_str().unwrap()]).await;
    assert!(made.status.success(), "{made:?}");
    let stranger = "hansard/x+12345678+AQ==";
    let refused = verify(&app.setup, &file("export"), &["--checkpoint", given[1], "--key", stranger]).await;
    assert!(!refused.status.success() && refused.stdout.is_empty(), "{refused:?}");
}
