//! Keys that sign the record are replaced, and the record goes on.

use record::{Head, VerifierKey};
use serde_json::Value;
use tlog_tiles::{Hash, check_tree};

use super::pushed::there;
use super::{checkpoint, proof, verify};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp, TestDatabase};

/// Starts on a database whose record is signed with the keys of a file.
async fn signing(database: &TestDatabase, file: &str) -> TestApp {
    Setup::on(&database.url).flag(format!("--signing-key-file={file}")).start().await
}

async fn keys(auditor: &Person) -> Vec<VerifierKey> {
    let keys = auditor.get("/v1/audit/checkpoint-key").await.expect(200).text;
    keys.lines().map(|key| VerifierKey(key.to_owned())).collect()
}

/// Runs `hansard admin create-signing-key`.
async fn makes_a_key(setup: &Setup, file: &str) {
    let made = setup.command(["admin", "create-signing-key", file]).await;
    assert!(made.status.success(), "{made:?}");
}

#[tokio::test]
async fn a_key_is_rotated_and_each_checkpoint_is_verified_by_those_that_signed_it() {
    let (database, folder) = (TestDatabase::copied().await, tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("signing.key");
    let setup = Setup::on(&database.url);
    makes_a_key(&setup, &file).await;

    // Signed with the first alone.
    let app = signing(&database, &file).await;
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    let first = checkpoint(&app, &ada).await.text;
    let [older] = keys(&ada).await.try_into().unwrap();
    app.stop().await.unwrap();

    // With both: each verifies what is signed from then on, and the older what was signed before.
    makes_a_key(&setup, &file).await;
    let app = signing(&database, &file).await;
    let ada = Person::signs_in(&app.url, &ada.email, PASSWORD).await;
    let second = checkpoint(&app, &ada).await.text;
    let [newer, same] = keys(&ada).await.try_into().unwrap();
    assert_eq!(same, older);
    for key in [&newer, &older] {
        Head::verify(second.as_bytes(), std::slice::from_ref(key)).unwrap();
    }
    Head::verify(first.as_bytes(), std::slice::from_ref(&older)).unwrap();
    assert!(Head::verify(first.as_bytes(), std::slice::from_ref(&newer)).is_err());
    app.stop().await.unwrap();

    // With the second alone.
    let both = std::fs::read_to_string(&file).unwrap();
    let line = both.lines().find(|line| line.starts_with("2:")).unwrap();
    std::fs::write(&file, format!("{line}\n")).unwrap();
    let app = signing(&database, &file).await;
    let ada = Person::signs_in(&app.url, &ada.email, PASSWORD).await;
    let third = checkpoint(&app, &ada).await.text;
    assert_eq!(keys(&ada).await, std::slice::from_ref(&newer));
    assert!(Head::verify(third.as_bytes(), std::slice::from_ref(&older)).is_err());

    // One record, whichever key signed which of its heads.
    let read = |note: &str| Head::verify(note.as_bytes(), &[newer.clone(), older.clone()]).unwrap();
    let heads = [read(&first), read(&second), read(&third)];
    for two in heads.windows(2) {
        let consistent = proof(&ada, &format!("consistency?from={}&to={}", two[0].size, two[1].size)).await;
        check_tree(&consistent, two[1].size, Hash(two[1].root), two[0].size, Hash(two[0].root)).unwrap();
    }
    for (name, text) in [("first", &first), ("second", &second), ("third", &third)] {
        std::fs::write(path(name), text).unwrap();
    }
    std::fs::write(path("keys"), format!("{}\n{}\n", newer.0, older.0)).unwrap();
    let export = path("export");
    let exported = app.setup.command(["audit", "export", "--reason", "rotation", "--output", &export]).await;
    assert!(exported.status.success(), "{exported:?}");
    let (since, keys) = ([path("first"), path("second")], path("keys"));
    let given = ["--checkpoint", &path("third"), "--since", &since[0], "--since", &since[1], "--key", &keys];
    let agreed = verify(&app.setup, export.as_ref(), &given).await;
    assert!(agreed.status.success(), "{agreed:?}");
    let manifest: Value = serde_json::from_slice(&std::fs::read(format!("{export}.manifest.json")).unwrap()).unwrap();
    Head::verify(manifest["checkpoint"].as_str().unwrap().as_bytes(), &[newer]).unwrap();
}

#[tokio::test]
async fn a_head_that_nothing_followed_is_signed_with_the_new_key_as_well() {
    let (database, folder) = (TestDatabase::copied().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("signing.key").to_str().unwrap().to_owned();
    let setup = Setup::on(&database.url);
    makes_a_key(&setup, &file).await;
    let app = signing(&database, &file).await;
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    checkpoint(&app, &ada).await;
    app.stop().await.unwrap();
    makes_a_key(&setup, &file).await;
    let app = signing(&database, &file).await;
    // Nothing is appended meanwhile: she has her token.
    let ada = ada.at(&app.url);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    let newer = loop {
        if let [newer, _] = keys(&ada).await.as_slice() {
            break newer.clone();
        }
        assert!(tokio::time::Instant::now() < deadline, "the new key is not told");
        // Polls what the sealer writes at its start.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let shown = checkpoint(&app, &ada).await;
    Head::verify(shown.text.as_bytes(), &[newer]).unwrap();
}

#[tokio::test]
async fn what_is_signed_anew_is_brought_elsewhere_once_more() {
    let (database, folder) = (TestDatabase::copied().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("signing.key").to_str().unwrap().to_owned();
    let kept = folder.path().join("checkpoints");
    let start = async || {
        let setup = Setup::on(&database.url).flag(format!("--signing-key-file={file}"));
        setup.flag(format!("--checkpoint-folder={}", kept.display())).start().await
    };
    makes_a_key(&Setup::on(&database.url), &file).await;
    let app = start().await;
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    let size = checkpoint(&app, &ada).await.position().unwrap();
    let latest = |keys: &[VerifierKey]| {
        let head = Head::verify(&std::fs::read(kept.join("latest")).ok()?, keys).ok()?;
        (head.size.cast_signed() == size).then_some(head)
    };
    let older = keys(&ada).await;
    let before = there("the checkpoint", || latest(&older)).await;
    app.stop().await.unwrap();

    makes_a_key(&Setup::on(&database.url), &file).await;
    let app = start().await;
    // Nothing is appended meanwhile.
    let ada = ada.at(&app.url);
    let newer = std::fs::read_to_string(&file).unwrap();
    assert_eq!(newer.lines().count(), 2);
    let newest = async || keys(&ada).await.into_iter().find(|key| !older.contains(key));
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    let newest = loop {
        if let Some(key) = newest().await {
            break key;
        }
        assert!(tokio::time::Instant::now() < deadline, "the new key is not told");
        // Polls what the sealer writes at its start.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let after = there("the checkpoint, signed anew", || latest(std::slice::from_ref(&newest))).await;
    assert_eq!((after.size, after.root), (before.size, before.root));
    let history = after.origin.rsplit('/').next().unwrap();
    let file = std::fs::read(kept.join(history).join(after.size.to_string())).unwrap();
    Head::verify(&file, &[newest]).unwrap();
}
