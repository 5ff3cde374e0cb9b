//! What somebody began to bring, and was erased before it was whole.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{begins, brings, tus};
use crate::erasures::{PURGE_LOCK, erases, finished};
use crate::files::count;
use crate::files::held::Held;
use crate::harness::{Person, Setup, TestApp};

/// Where what somebody began lies.
fn begun_by(app: &TestApp, person: &Person) -> PathBuf {
    app.setup.folder.path().join("blobs/resumed").join(person.id.to_string())
}

/// Where something on its way from somebody lies.
fn arrival_of(app: &TestApp, person: &Person) -> PathBuf {
    app.setup.folder.path().join(format!("blobs/arriving/{}.{}", person.id, Uuid::from_u128(1)))
}

#[tokio::test]
async fn what_somebody_began_to_bring_goes_with_them() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    for person in [&alice, &bob] {
        let path = begins(person, "5").await;
        brings(person, &path, "0", "hel", &[]).await.expect(204);
    }
    let whole = begins(&alice, "5").await;
    brings(&alice, &whole, "0", "hello", &[]).await.expect(204);
    let folder = begun_by(&app, &alice);
    let files = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    assert!(files() >= 3, "a note of each, and a part");
    let left = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    erases(&alice).await.expect(200);
    assert_eq!(files(), 0);
    assert!(count(&app, "resumed") > 0, "another's is there");
    // What a process left that was killed before it could goes when bytes are next collected.
    std::fs::create_dir_all(&folder).unwrap();
    let arrivals = [&alice, &bob].map(|person| arrival_of(&app, person));
    for path in left.iter().chain(&arrivals) {
        std::fs::write(path, "left").unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while files() > 0 || arrivals[0].exists() {
        assert!(Instant::now() < deadline, "they stay");
        // Polls what the collector does by itself.
        sleep(Duration::from_millis(10)).await;
    }
    assert!(arrivals[1].exists(), "it may be on its way");
}

#[tokio::test]
async fn a_receipt_is_final_once_nothing_is_left_of_what_was_begun() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=1h").start().await;
    let (alice, bob, carol) = (app.registers("alice").await, app.registers("bob").await, app.registers("carol").await);
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(PURGE_LOCK).execute(&mut holder).await.unwrap();
    let receipt = erases(&alice).await.expect(200);
    // As processes leave it that are killed before they could forget it, or in the middle of beginning it.
    let folder = begun_by(&app, &alice);
    std::fs::create_dir_all(&folder).unwrap();
    for (upload, ends) in [(bob.id, ["", ".note"]), (carol.id, ["", ".part"])] {
        for end in ends {
            std::fs::write(folder.join(format!("{upload}{end}")), "left").unwrap();
        }
    }
    std::fs::write(arrival_of(&app, &alice), "left").unwrap();
    // What is in the way holds this receipt back, and no other.
    let stuck = folder.join(alice.id.to_string());
    std::fs::create_dir(&stuck).unwrap();
    let other = erases(&bob).await.expect(200);
    holder.close().await.unwrap();
    finished(&carol, &other).await;
    let address = receipt.body["address"].as_str().unwrap();
    assert_eq!(carol.get(address).await.expect(200).body["status"], json!("provisional"));
    std::fs::remove_dir(&stuck).unwrap();
    finished(&carol, &receipt).await;
    assert_eq!((std::fs::read_dir(&folder).unwrap().count(), arrival_of(&app, &alice).exists()), (0, false));
}

#[tokio::test]
async fn who_is_erased_while_they_begin_has_begun_nothing() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=1h").start().await;
    let alice = app.registers("alice").await;
    // Whoever begins an upload was found to be somebody by then, and waits for how much they have.
    let held = Held::usage(&app).await;
    let headers = [("upload-length", "5"), ("content-type", "application/offset+octet-stream")];
    let begins = tus(&alice, "POST", "/v1/uploads", &headers, "hel");
    let erased = async {
        held.is_waited_for(&app).await;
        erases(&alice).await.expect(200);
        held.ends().await;
    };
    let (begun, ()) = tokio::join!(begins, erased);
    begun.expect_problem(401, "not-signed-in");
    assert_eq!(count(&app, "resumed"), 0);
}
