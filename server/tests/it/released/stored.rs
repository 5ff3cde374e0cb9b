//! The files of the release: rows of the log and of the keys, the master key, and what people were answered.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;
use uuid::Uuid;

use super::story;
use crate::harness::{Setup, TestApp, TestDatabase, environment};

/// Whose they are.
const RELEASE: &str = "0.1.0";

/// Where its log and answers are.
pub(super) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/released/0.1.0");
/// Those of today, which begin with those of then.
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");

/// What an instance was, and what it answered.
#[derive(Deserialize, Serialize)]
pub(super) struct Answers {
    /// The last migration that its database had had.
    migration: i64,
    /// Everybody by their id.
    pub(super) people: BTreeMap<Uuid, Told>,
}

/// What somebody was answered.
#[derive(Deserialize, Serialize)]
pub(super) struct Told {
    /// What they sign in with, and the password of all.
    pub(super) email: String,
    /// By what they asked for.
    pub(super) answers: BTreeMap<String, Value>,
}

fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

fn master_key(setup: &Setup) -> PathBuf {
    setup.folder.path().join("master.key")
}

/// Whether it was stored, or any of it: of what was changed or is gone nothing is made anew.
pub(super) fn is_there() -> bool {
    Path::new(FOLDER).exists()
}

pub(super) fn read() -> Answers {
    serde_json::from_str(&fs::read_to_string(file("answers.json")).unwrap()).unwrap()
}

/// Stores an instance, and what its people were answered.
pub(super) async fn write(app: &TestApp, people: BTreeMap<Uuid, Told>) {
    assert_eq!(env!("CARGO_PKG_VERSION"), RELEASE, "what that release wrote is no longer there");
    let migration = sqlx::query_scalar::<_, i64>("select max(version) from public._sqlx_migrations");
    let answers = Answers { migration: migration.fetch_one(&app.pool).await.unwrap(), people };
    let dump = ["--data-only", "--schema=log", "--schema=keys"];
    let dump = runs("pg_dump", &app.setup.superuser_url, &dump).await;
    fs::create_dir_all(FOLDER).unwrap();
    fs::write(file("log.sql"), rows(&dump)).unwrap();
    fs::write(file("master-key"), fs::read(master_key(&app.setup)).unwrap()).unwrap();
    fs::write(file("answers.json"), serde_json::to_string_pretty(&answers).unwrap() + "\n").unwrap();
}

/// What of a dump writes rows and sets sequences. The rest is settings and remarks, which not every PostgreSQL takes.
fn rows(dump: &str) -> String {
    let mut is_copying = false;
    let lines = dump.lines().filter(|line| {
        let begins = line.starts_with("COPY ");
        let is_kept = is_copying || begins || line.starts_with("SELECT pg_catalog.setval(");
        is_copying = (is_copying || begins) && *line != "\\.";
        is_kept
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// A database with what was stored, migrated as far as it was then: what comes later finds these rows there, as it does
/// wherever an update is made.
pub(super) async fn restored(was: &Answers) -> TestDatabase {
    let database = TestDatabase::empty().await;
    let mut migrator = Migrator::new(Path::new(MIGRATIONS)).await.unwrap();
    migrator.migrations.to_mut().retain(|migration| migration.version <= was.migration);
    let mut owner = PgConnection::connect(&database.url).await.unwrap();
    migrator.run(&mut owner).await.unwrap();
    owner.close().await.unwrap();

    let log = format!("--file={}", file("log.sql").display());
    let restore = [
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        // Rows come as they were: no trigger refuses them, or numbers them anew.
        "--command=set session_replication_role = replica",
        // Its one row is the migrations'.
        "--command=truncate log.head",
        &log,
    ];
    runs("psql", &database.superuser_url, &restore).await;
    database
}

/// Updates it to this code, and serves it: at the moment at which the story ends.
pub(super) async fn served(database: &TestDatabase) -> TestApp {
    let mut setup = Setup::on(&database.url);
    setup.superuser_url.clone_from(&database.superuser_url);
    setup.context = story::afterwards();
    fs::write(master_key(&setup), fs::read(file("master-key")).unwrap()).unwrap();
    let migrated = setup.command(["migrate"]).await;
    assert!(migrated.status.success(), "{migrated:?}");
    setup.start().await
}

/// Runs a program of PostgreSQL's on a database; what it printed.
async fn runs(program: &str, url: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(format!("{}/{program}", environment::postgres_bin()));
    let output = command.args(arguments).arg(format!("--dbname={url}")).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn none_of_it_was_changed_or_taken_away() {
    let listed = fs::read_to_string(file("SHA256SUMS")).unwrap();
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = entries.filter(|name| name != "SHA256SUMS").collect();
    files.sort();
    let found =
        files.iter().map(|name| format!("{}  {name}", hex::encode(Sha256::digest(fs::read(file(name)).unwrap()))));
    assert_eq!(found.collect::<Vec<_>>(), listed.lines().collect::<Vec<_>>(), "see domain/golden/README.md");
}
