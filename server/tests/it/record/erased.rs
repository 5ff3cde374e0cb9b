//! What was erased stays provable: whatever was proved before is proved after it, and says nothing.

use record::{Head, VerifierKey};
use tlog_tiles::{Hash, check_record, check_tree};

use super::{checkpoint, export, leaf, proof, sealed_on, verify};
use crate::canary::dump;
use crate::erasures::{erases, finished};
use crate::files::holds;
use crate::harness::{Person, Setup, TestApp};

const SAID: &str = "canary-erased-3b0d";
const FILED: &str = "canary-erased-file-91ca";

/// What somebody kept of the record at some time: its head, and for each event the proof that it is in it.
struct Kept {
    note: String,
    head: Head,
    included: Vec<Vec<Hash>>,
}

async fn keeps(app: &TestApp, auditor: &Person, keys: &[VerifierKey]) -> Kept {
    let note = checkpoint(app, auditor).await.text;
    let head = Head::verify(note.as_bytes(), keys).unwrap();
    let mut included = vec![];
    for position in 1..=head.size {
        included.push(proof(auditor, &format!("inclusion?position={position}&size={}", head.size)).await);
    }
    Kept { note, head, included }
}

/// Each event, as it is exported now, is in what was kept.
fn proves(kept: &Kept, lines: &[&str]) {
    for (index, (line, included)) in (0..).zip(lines.iter().zip(&kept.included)) {
        check_record(included, kept.head.size, Hash(kept.head.root), index, leaf(line)).unwrap();
    }
}

#[tokio::test]
async fn all_that_was_proved_before_an_erasure_is_proved_after_it_and_the_words_are_nowhere() {
    let setup = Setup::without_nats().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms");
    let (app, ada) = sealed_on(setup).await;
    let keys = ada.get("/v1/audit/checkpoint-key").await.expect(200).text;
    let key = VerifierKey(keys.trim().to_owned());
    let keys = std::slice::from_ref(&key);
    let (bob, room) = app.member_of_a_room("bob").await;
    let mut before = vec![keeps(&app, &ada, keys).await];
    let said = bob.sends(&room, SAID).await;
    before.push(keeps(&app, &ada, keys).await);
    let file = bob.uploads(&format!("{SAID}.txt"), FILED).await;
    bob.sends_files(&room, SAID, &[file]).await;
    bob.patch(&room.message(&said, ""), serde_json::json!({"text": format!("{SAID}, again")})).await.expect(200);
    before.push(keeps(&app, &ada, keys).await);
    let was = export(&ada).await;
    assert!(dump(&app.setup.superuser_url).await.contains(SAID), "the read models had it");

    let receipt = erases(&bob).await.expect(200);
    finished(&ada, &receipt).await;
    let is = export(&ada).await;
    let (was, lines): (Vec<_>, Vec<_>) = (was.lines().collect(), is.lines().collect());
    assert_eq!(lines[..was.len()], was, "the log is as it was");
    let after = keeps(&app, &ada, keys).await;
    proves(&after, &lines);
    for kept in &before {
        proves(kept, &lines);
        proves(&keeps_again(kept, &ada).await, &lines);
        let query = format!("consistency?from={}&to={}", kept.head.size, after.head.size);
        let consistent = proof(&ada, &query).await;
        check_tree(&consistent, after.head.size, Hash(after.head.root), kept.head.size, Hash(kept.head.root)).unwrap();
    }

    // Offline, by an export of now and all checkpoints of then.
    let file = |name: &str| app.setup.folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("export"), export(&ada).await).unwrap();
    let mut given = vec!["--checkpoint".to_owned(), file("after"), "--key".to_owned(), key.0.clone()];
    std::fs::write(file("after"), &after.note).unwrap();
    for (number, kept) in before.iter().enumerate() {
        std::fs::write(file(&number.to_string()), &kept.note).unwrap();
        given.extend(["--since".to_owned(), file(&number.to_string())]);
    }
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    let agreed = verify(&app.setup, file("export").as_ref(), &given).await;
    assert!(agreed.status.success(), "{agreed:?}");

    let opened = ada.request("GET", "/v1/audit/events?open=true").header("accept", "application/x-ndjson");
    let opened = opened.header("audit-reason", "yearly").send().await.expect(200).text;
    let dumped = dump(&app.setup.superuser_url).await;
    for word in [SAID, FILED] {
        assert!(!opened.contains(word) && !dumped.contains(word) && !dumped.contains(&hex::encode(word)), "{word}");
        // The export of before had it sealed.
        assert!(!holds(app.setup.folder.path(), word), "{word} is among the files");
    }
}

/// The same, as the server proves it now.
async fn keeps_again(kept: &Kept, auditor: &Person) -> Kept {
    let (size, mut included) = (kept.head.size, vec![]);
    for position in 1..=size {
        included.push(proof(auditor, &format!("inclusion?position={position}&size={size}")).await);
    }
    Kept { note: kept.note.clone(), head: kept.head.clone(), included }
}
