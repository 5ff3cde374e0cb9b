//! Receipts of erasures: final once no copy is left, and proved to anybody by the record.

use std::process::Output;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::time::{Duration, Instant, sleep};

use super::{checkpoint, sealed, sealed_on};
use crate::erasures::positions::sealed_of;
use crate::erasures::{PURGE_LOCK, erases, finished};
use crate::harness::{Answer, Person, Setup, TestApp};

/// How long the record may take to cover what was answered.
const SEALED_WITHIN: Duration = Duration::from_secs(10);

/// The receipt at an address, once there is a proof of it.
async fn proved(app: &TestApp, address: &str) -> Answer {
    let deadline = Instant::now() + SEALED_WITHIN;
    loop {
        let shown = app.get(address).await.expect(200);
        if !shown.body["proof"].is_null() {
            return shown;
        }
        assert!(Instant::now() < deadline, "{}", shown.text);
        // Polls as whoever has the receipt would.
        sleep(Duration::from_millis(20)).await;
    }
}

/// Runs `hansard audit verify-receipt`, with no database.
async fn verify(app: &TestApp, receipt: &Value, key: &str) -> Output {
    let file = app.setup.folder.path().join("receipt.json");
    std::fs::write(&file, serde_json::to_string_pretty(receipt).unwrap()).unwrap();
    let arguments = ["audit", "verify-receipt", file.to_str().unwrap(), "--key", key];
    app.setup
        .process(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("HANSARD_MASTER_KEY_FILE")
        .output()
        .await
        .unwrap()
}

pub(crate) async fn is_true(app: &TestApp, receipt: &Value, key: &str, how: &str) {
    let verified = verify(app, receipt, key).await;
    let told = String::from_utf8(verified.stdout.clone()).unwrap();
    let begins = format!("erasure {} is {how}: ", receipt["id"].as_str().unwrap());
    assert!(verified.status.success() && told.starts_with(&begins), "{verified:?}");
    assert!(told.contains("\nnot proved, but the server's word: "), "{told}");
}

async fn is_not_true(app: &TestApp, receipt: &Value, key: &str, why: &str) {
    let verified = verify(app, receipt, key).await;
    let told = String::from_utf8([verified.stdout.clone(), verified.stderr.clone()].concat()).unwrap();
    assert!(!verified.status.success() && told.contains(why), "{why}: {verified:?}");
}

/// Nothing that stands beside what is checked passes for checked.
async fn says_nothing_else(app: &TestApp, receipt: &Value, key: &str) {
    for place in ["", "/destroyed", "/proof", "/proof/event"] {
        let mut more = receipt.clone();
        more.pointer_mut(place).unwrap()["note"] = json!("and the backups");
        is_not_true(app, &more, key, "unknown field `note`").await;
    }
    let mut more = receipt.clone();
    more["proof"]["event"]["opened"] = json!({"erasure": "of all"});
    is_not_true(app, &more, key, "tells what is sealed").await;
}

/// With another value at each of these places it is not true any more, and says why.
async fn is_true_as_it_is_alone(app: &TestApp, receipt: &Value, key: &str, others: &[(&str, Value, &str)]) {
    for (pointer, value, why) in others {
        let mut forged = receipt.clone();
        *forged.pointer_mut(pointer).unwrap() = value.clone();
        assert_ne!(&forged, receipt, "{pointer}");
        is_not_true(app, &forged, key, why).await;
    }
}

pub(crate) async fn key(auditor: &Person) -> String {
    auditor.get("/v1/audit/checkpoint-key").await.expect(200).text.trim().to_owned()
}

#[tokio::test]
async fn the_receipt_of_an_account_is_final_in_the_log_and_checked_offline() {
    let (app, ada) = sealed_on(Setup::without_nats().await.flag("--blobs-collect-every=20ms")).await;
    let (bob, room) = app.member_of_a_room("bob").await;
    let file = bob.uploads("plan.txt", "of bob alone").await;
    bob.sends_files(&room, "look", &[file]).await;
    let shared = bob.uploads("both.txt", "of two").await;
    bob.sends_files(&room, "too", &[shared]).await;
    ada.uploads("both.txt", "of two").await;
    let answer = erases(&bob).await.expect(200);
    assert_eq!((&answer.body["finished"], &answer.body["proof"]), (&json!(null), &json!(null)));

    let receipt = finished(&ada, &answer).await;
    let at = receipt.body["finished"].as_i64().unwrap();
    let receipt = proved(&app, answer.body["address"].as_str().unwrap()).await.body;
    assert_eq!(receipt["finished"], at, "it is final once");
    let [removed] = receipt["destroyed"]["blobs"].as_array().unwrap().as_slice() else { panic!("{receipt}") };
    let named = "select payload->'blob'->>'filename_internal' from log.events where aggregate_id = $1 and sequence = 1";
    let stored: String = sqlx::query_scalar(named).bind(file.to_string()).fetch_one(&app.pool).await.unwrap();
    assert_eq!(removed, &json!(stored), "what others have stays, and is not named");
    for field in ["position", "kind", "id", "created_at"] {
        assert_eq!(receipt[field], answer.body[field], "{field}");
    }
    assert_eq!(receipt["positions"], json!(sealed_of(&app, &bob).await));
    let counted = "select count(*) from log.events where event_type = 'erasure_finished'";
    let count: i64 = sqlx::query_scalar(counted).fetch_one(&app.pool).await.unwrap();
    assert_eq!(count, 1);

    let key = key(&ada).await;
    is_true(&app, &receipt, &key, "final").await;
    let others = [
        ("/destroyed/key_ids", json!([]), "other keys"),
        ("/destroyed/blobs", json!([]), "other files"),
        ("/positions", json!([1]), "other positions"),
        ("/position", json!(1), "something else"),
        ("/status", json!("provisional"), "what is final"),
        ("/id", json!(room.0), "another erasure"),
        ("/finished", json!(at - 1), "another place"),
        ("/proof", json!(null), "has no proof"),
        ("/proof/event/payload/kind", json!("message"), "does not cover"),
        ("/proof/event/position", json!(at - 1), "does not cover"),
        ("/proof/event/leaf", json!("00"), "is not its own"),
        ("/proof/hashes", json!([]), "does not cover"),
        ("/created_at", json!("yesterday"), "no time"),
        ("/address", json!(format!("/v1/erasures/{}", room.0)), "another address"),
    ];
    is_true_as_it_is_alone(&app, &receipt, &key, &others).await;
    says_nothing_else(&app, &receipt, &key).await;
    is_not_true(&app, &receipt, "hansard/x+12345678+AQ==", "").await;
}

#[tokio::test]
async fn a_provisional_receipt_is_checked_with_the_event_that_erased() {
    let (app, ada) = sealed().await;
    let bob = app.registers("bob").await;
    bob.patch("/v1/users/me", json!({"display_name": "Robert"})).await.expect(200);
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(PURGE_LOCK).execute(&mut holder).await.unwrap();
    let answer = erases(&bob).await.expect(200);
    let receipt = proved(&app, answer.body["address"].as_str().unwrap()).await.body;
    assert_eq!(
        (&receipt["status"], &receipt["proof"]["event"]["type"]),
        (&json!("provisional"), &json!("user_erased"))
    );
    let positions: Vec<i64> = serde_json::from_value(receipt["positions"].clone()).unwrap();
    let [registered, renamed] = *positions else { panic!("{receipt}") };
    let erased = receipt["position"].as_i64().unwrap();

    let key = key(&ada).await;
    is_true(&app, &receipt, &key, "provisional").await;
    let told = String::from_utf8(verify(&app, &receipt, &key).await.stdout).unwrap();
    assert!(told.contains("where the 2 events are that cannot be read any more"), "{told}");
    let others = [
        ("/created_at", json!("2020-01-01T00:00:00.000Z"), "another time"),
        ("/positions", json!([]), "other positions"),
        ("/positions", json!([registered]), "other positions"),
        ("/positions", json!([renamed, registered]), "other positions"),
        ("/positions", json!([registered, erased]), "other positions"),
        ("/positions", json!([0, renamed]), "other positions"),
        ("/destroyed/key_ids", json!([]), "other keys"),
        ("/destroyed/blobs", json!(["00"]), "files"),
        ("/kind", json!("message"), "something else"),
        ("/status", json!("final"), "what is provisional"),
        ("/finished", json!(erased), "another erasure"),
        ("/address", json!("/v1/erasures/"), "another address"),
    ];
    is_true_as_it_is_alone(&app, &receipt, &key, &others).await;
    says_nothing_else(&app, &receipt, &key).await;
    holder.close().await.unwrap();
}

#[tokio::test]
async fn a_receipt_is_an_auditors_to_read_and_that_they_do_is_on_record() {
    let (app, ada) = sealed().await;
    let (alice, bob) = (app.registers("alice2").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let whisper = alice.sends(&secret, "psst").await;
    let answer = alice.delete(&secret.message(&whisper, "")).await.expect(200);
    finished(&alice, &answer).await;
    checkpoint(&app, &ada).await;
    let address = format!("/v1/audit/erasures/{}", answer.id());
    let asks = |who: &Person, path: &str| who.request("GET", path).header("audit-reason", "case 9");
    asks(&bob, &address).send().await.expect_problem(404, "not-found");
    ada.get(&address).await.expect_problem(400, "audit-reason-required");
    let nothing = format!("/v1/audit/erasures/{}", whisper.id);
    asks(&ada, &nothing).send().await.expect_problem(404, "not-found");

    let shown = asks(&ada, &address).send().await.expect(200).body;
    let theirs = proved(&app, answer.body["address"].as_str().unwrap()).await.body;
    assert_eq!(shown["address"], address, "the address that needs no session is not an auditor's");
    for field in ["id", "status", "kind", "destroyed", "positions", "position", "finished"] {
        assert_eq!(shown[field], theirs[field], "{field}");
    }
    is_true(&app, &shown, &key(&ada).await, "final").await;
    let accesses = format!("/v1/audit/events?stream=audit-{}", ada.id);
    let accesses = asks(&ada, &accesses).send().await.expect(200);
    assert!(accesses.items().iter().any(|event| event["payload"]["what"] == address), "{}", accesses.text);
}
