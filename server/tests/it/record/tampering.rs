//! Who owns the database changes what it says, and is found by who kept a checkpoint.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::time::{Duration, Instant, sleep};

use super::{checkpoint, sealed_on, verify};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp, TestDatabase};

/// How long signing anew may take.
const SIGNED_WITHIN: Duration = Duration::from_secs(20);

/// A history, and what an auditor kept of it.
struct Kept {
    database: TestDatabase,
    folder: TempDir,
    /// Positions that the earlier and the later checkpoint cover.
    earlier: i64,
    later: i64,
    auditor: String,
}

impl Kept {
    /// A history with a checkpoint in the middle and one at its end; nothing runs on it any more.
    async fn of_a_day() -> Self {
        let (database, folder) = (TestDatabase::copied().await, tempfile::tempdir().unwrap());
        let (app, ada) = sealed_on(Setup::on(&database.url)).await;
        let (bob, room) = app.member_of_a_room("bob").await;
        let keep = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let earlier = checkpoint(&app, &ada).await;
        for number in 0..10 {
            bob.sends(&room, &format!("number {number}")).await;
        }
        let later = checkpoint(&app, &ada).await;
        keep("earlier", &earlier.text);
        keep("later", &later.text);
        keep("key", &ada.get("/v1/audit/checkpoint-key").await.expect(200).text);
        let (earlier, later) = (earlier.position().unwrap(), later.position().unwrap());
        app.stop().await.unwrap();
        Self { database, folder, earlier, later, auditor: ada.email }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of the database in which a superuser ran `changes`, past every trigger.
    async fn changed(&self, changes: &str) -> TestDatabase {
        let copy = self.database.copy().await;
        let mut superuser = PgConnection::connect(&copy.superuser_url).await.unwrap();
        superuser.execute("set session_replication_role = replica").await.unwrap();
        superuser.execute(changes).await.unwrap();
        copy
    }

    /// What an auditor is told of a database: whether it is as it was, and what they read.
    async fn told_of(&self, database: &TestDatabase, arguments: &[&str]) -> (bool, String) {
        let setup = Setup::on(&database.url);
        let export = setup.folder.path().join("export");
        let exported =
            setup.command(["audit", "export", "--reason", "doubt", "--output", export.to_str().unwrap()]).await;
        assert!(exported.status.success(), "{exported:?}");
        let key = self.file("key");
        let given = [&["--key", key.to_str().unwrap()], arguments].concat();
        let found = verify(&setup, &export, &given).await;
        (found.status.success(), String::from_utf8(found.stdout).unwrap())
    }

    /// What is told of a database by the later checkpoint alone.
    async fn told_by_the_later(&self, database: &TestDatabase) -> (bool, String) {
        self.told_of(database, &["--checkpoint", self.file("later").to_str().unwrap()]).await
    }
}

#[tokio::test]
async fn each_change_by_who_owns_the_database_is_found_and_its_place_is_named() {
    let kept = Kept::of_a_day().await;
    let (untouched, told) = kept.told_by_the_later(&kept.changed("select").await).await;
    assert!(untouched, "{told}");

    let (at, next, end) = (kept.earlier + 2, kept.earlier + 3, kept.later);
    let changed = "the event is not the one that was recorded";
    for (change, position, how) in [
        // One character of what is sealed.
        (
            format!(
                "update log.events set payload = overlay(payload::text placing \
                     case substr(payload::text, strpos(payload::text, '\"box\":') + 20, 1) when 'A' then 'B' else 'A' end \
                     from strpos(payload::text, '\"box\":') + 20 for 1)::json where position = {at}"
            ),
            at,
            changed.to_owned(),
        ),
        // Who did it.
        (
            format!(
                "update log.events set metadata = replace(metadata::text, '\"actor_id\":\"0', '\"actor_id\":\"1')::json \
                     where position = {at}"
            ),
            at,
            changed.to_owned(),
        ),
        (
            format!("update log.events set recorded_at = recorded_at - interval '1 microsecond' where position = {at}"),
            at,
            changed.to_owned(),
        ),
        (format!("delete from log.events where position = {at}"), at, format!("the export has position {next} here")),
        (
            format!(
                "update log.events set position = 0 where position = {at}; \
                 update log.events set position = {at} where position = {next}; \
                 update log.events set position = {next} where position = 0"
            ),
            at,
            changed.to_owned(),
        ),
        // The export itself is put on record in the place of the first that is missing.
        (
            format!("delete from log.events where position > {at}; update log.head set position = {at}"),
            next,
            format!("the export ends before it; the checkpoint covers {end} events"),
        ),
    ] {
        let (untouched, told) = kept.told_by_the_later(&kept.changed(&change).await).await;
        assert!(!untouched && told == format!("position {position}: {how}\n"), "{change}: {told}");
    }
}

/// Forgets the tree and its heads, so that it is made anew of what the log says by then.
const UNSEALED: &str = "delete from record.tile; delete from record.checkpoint; update record.tree set size = 0";

#[tokio::test]
async fn a_history_that_is_told_otherwise_and_signed_again_is_not_that_of_an_earlier_checkpoint() {
    let kept = Kept::of_a_day().await;
    let (earlier, later) = (kept.file("earlier"), kept.file("later"));
    let [earlier, later] = [&earlier, &later].map(|file| file.to_str().unwrap());
    let (at, parted) = (kept.earlier + 2, kept.earlier + 1);
    for (change, first) in [
        // Changed after the earlier checkpoint, before it, or told another end.
        (format!("update log.events set sequence = sequence + 100 where position = {at}"), parted),
        ("update log.events set recorded_at = recorded_at + interval '1 s' where position = 3".to_owned(), 1),
        (format!("delete from log.events where position > {at}; update log.head set position = {at}"), parted),
    ] {
        let forged = kept.changed(&format!("{change}; {UNSEALED}")).await;
        let newest = signed_anew(&kept, &forged).await;
        let newest = newest.to_str().unwrap();
        // By itself it is in order: its own key has signed it.
        let (untouched, told) = kept.told_of(&forged, &["--checkpoint", newest]).await;
        assert!(untouched, "{change}: {told}");
        let (untouched, told) =
            kept.told_of(&forged, &["--checkpoint", newest, "--since", later, "--since", earlier]).await;
        let named = told.starts_with(&format!("position {first}: from here to position "));
        assert!(!untouched && named, "{change}: {told}");
    }
}

/// Goes on with a changed history under its own key, until it is longer than what was kept; its checkpoint.
async fn signed_anew(kept: &Kept, forged: &TestDatabase) -> PathBuf {
    let app: TestApp = Setup::on(&forged.url).signing().start().await;
    let ada = Person::signs_in(&app.url, &kept.auditor, PASSWORD).await;
    let room = ada.creates_room("another end").await;
    while app.head().await <= kept.later {
        ada.sends(&room, "as if it had been so").await;
    }
    // From the database itself: read models that have seen another end are to be made anew first.
    let newest = "select note from record.checkpoint where size = (select position from log.head)";
    let deadline = Instant::now() + SIGNED_WITHIN;
    let signed: String = loop {
        if let Some(note) = sqlx::query_scalar(newest).fetch_optional(&app.pool).await.unwrap() {
            break note;
        }
        assert!(Instant::now() < deadline, "the record does not come to the log's end");
        // Polls what the sealer writes.
        sleep(Duration::from_millis(20)).await;
    };
    let file: &Path = &kept.file("forged");
    std::fs::write(file, signed).unwrap();
    app.stop().await.unwrap();
    file.to_owned()
}
