//! Checkpoints that are brought to where others keep them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use record::{Head, VerifierKey};
use tokio::net::TcpListener;
use tokio::time::{Duration, Instant, sleep};

use super::{checkpoint, sealed_on};
use crate::harness::{Person, Setup};

/// How long a checkpoint may take to be where it belongs, after a failure or two.
const PUSHED_WITHIN: Duration = Duration::from_secs(20);

/// Waits for something.
pub(super) async fn there<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PUSHED_WITHIN;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} does not come");
        // Polls as whoever keeps checkpoints would.
        sleep(Duration::from_millis(10)).await;
    }
}

/// The head in a file, once it covers a position.
async fn latest(folder: &Path, position: i64) -> Head {
    let covers = || {
        let head = Head::read(&std::fs::read(folder.join("latest")).ok()?).ok()?;
        (head.size.cast_signed() >= position).then_some(head)
    };
    there("a newer checkpoint", covers).await
}

async fn keys(auditor: &Person) -> Vec<VerifierKey> {
    let keys = auditor.get("/v1/audit/checkpoint-key").await.expect(200).text;
    keys.lines().map(|key| VerifierKey(key.to_owned())).collect()
}

#[tokio::test]
async fn each_checkpoint_is_a_file_of_a_folder_and_what_failed_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("checkpoints");
    // What is a file cannot be a folder: nothing can be written.
    std::fs::write(&kept, "in the way").unwrap();
    let setup = Setup::without_nats().await.flag(format!("--checkpoint-folder={}", kept.display()));
    let (app, ada) = sealed_on(setup).await;
    let held_back = checkpoint(&app, &ada).await;
    let failed = "hansard_checkpoint_pushes_total{target=\"folder\",outcome=\"failed\"}";
    let deadline = Instant::now() + PUSHED_WITHIN;
    while !app.metrics().await.contains(failed) {
        assert!(Instant::now() < deadline, "{}", app.metrics().await);
        // Polls what is counted.
        sleep(Duration::from_millis(20)).await;
    }
    std::fs::remove_file(&kept).unwrap();
    latest(&kept, held_back.position().unwrap()).await;

    let (bob, room) = app.member_of_a_room("bob").await;
    for text in ["one", "two"] {
        bob.sends(&room, text).await;
        let shown = checkpoint(&app, &ada).await;
        let head = latest(&kept, shown.position().unwrap()).await;
        let history = head.origin.rsplit('/').next().unwrap();
        let file = std::fs::read(kept.join(history).join(head.size.to_string())).unwrap();
        assert_eq!(Head::verify(&file, &keys(&ada).await).unwrap(), head);
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 2, "a history and the newest: {names:?}");
}

/// What a witness was sent; the first few it refuses.
#[derive(Clone, Default)]
struct Witness {
    sent: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<usize>>,
}

async fn witnesses(State(witness): State<Witness>, note: String) -> StatusCode {
    let mut refused = witness.refused.lock().unwrap();
    if *refused < 2 {
        *refused += 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    witness.sent.lock().unwrap().push(note);
    StatusCode::OK
}

#[tokio::test]
async fn each_checkpoint_is_sent_to_a_witness_and_what_it_refused_is_sent_again() {
    let witness = Witness::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/checkpoints?token=secret", listener.local_addr().unwrap());
    let router = Router::new().route("/checkpoints", post(witnesses)).with_state(witness.clone());
    #[expect(clippy::disallowed_methods, reason = "the witness ends with the test")]
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let (app, ada) = sealed_on(Setup::without_nats().await.flag(format!("--checkpoint-url={url}"))).await;
    let shown = checkpoint(&app, &ada).await;
    let covers = |position: i64| {
        move |note: &&String| Head::read(note.as_bytes()).is_ok_and(|head| head.size.cast_signed() >= position)
    };
    let position = shown.position().unwrap();
    let note = there("a checkpoint", || witness.sent.lock().unwrap().iter().find(covers(position)).cloned()).await;
    Head::verify(note.as_bytes(), &keys(&ada).await).unwrap();
    assert_eq!(*witness.refused.lock().unwrap(), 2);
    assert!(app.metrics().await.contains("hansard_checkpoint_pushes_total{target=\"url\",outcome=\"failed\"} "));

    let (bob, room) = app.member_of_a_room("bob").await;
    bob.sends(&room, "later").await;
    let position = checkpoint(&app, &ada).await.position().unwrap();
    there("a later one", || witness.sent.lock().unwrap().iter().find(covers(position)).cloned()).await;
    let sizes: Vec<_> =
        witness.sent.lock().unwrap().iter().map(|note| Head::read(note.as_bytes()).unwrap().size).collect();
    assert!(sizes.is_sorted(), "{sizes:?}");
    serving.abort();
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_the_start() {
    let setup = Setup::without_nats().await.signing();
    let mut arguments = vec!["serve".to_owned(), "--checkpoint-url=witness.example".to_owned()];
    arguments.extend(setup.flags());
    let refused = setup.command(arguments.iter().map(String::as_str)).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("HANSARD_CHECKPOINT_URL: not an address such as"), "{told}");
}
