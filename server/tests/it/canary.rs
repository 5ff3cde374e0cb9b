//! Words that are found nowhere any more: not in any schema, the broker's store, the files or the log of anything.

use std::path::Path;

use serde_json::json;
use sqlx::PgPool;
use tokio::process::Command;

use crate::cli::piped;
use crate::erasures::{erases, finished};
use crate::files::holds;
use crate::harness::mail_server::MailServer;
use crate::harness::person::PASSWORD;
use crate::harness::request::Request;
use crate::harness::{Broker, Cluster, Person, Room, Setup, Spawned, environment};

const WHISPER: &str = "canary-whisper-5f0c";
const REWORDED: &str = "canary-reworded-77aa";
const SPOKEN: &str = "canary-spoken-91d2";
const FILED: &str = "canary-filed-2e6b";
const NAME: &str = "canary-name-b3e8";
const EMAIL: &str = "canary-mail-c4f1@example.org";
/// What they have instead of it later.
const LATER_EMAIL: &str = "canary-later-0b9f@example.org";
/// Of somebody whom an import brings: what they are called and mailed at there, and what they said.
const USERNAME: &str = "canary-imported-8e15";
const SOURCE_EMAIL: &str = "canary-source-6a0d@example.org";
const TOLD: &str = "canary-told-d47c";
const KEPT: &str = "of somebody who stays";

/// A server, with a PostgreSQL and a broker of its own, whose logs are nobody else's. What it mails leaves it.
struct Instance {
    server: Spawned,
    mail: MailServer,
    setup: Setup,
    cluster: Cluster,
}

impl Instance {
    async fn start() -> Self {
        let cluster = Cluster::start().await;
        let setup = Setup::on_cluster(&cluster).await.with_broker(Broker::start().await);
        let mail = MailServer::start().await;
        let smtp = format!("--smtp-url={}", mail.url());
        let flags = ["--log=debug,sqlx=warn,async_nats=warn", "--blobs-collect-every=10ms", &smtp];
        let server = Spawned::serve(&setup, &flags).await;
        Self { server, mail, setup, cluster }
    }

    fn broker(&self) -> &Broker {
        self.setup.broker.as_ref().unwrap()
    }

    async fn dump(&self) -> String {
        dump(&self.setup.superuser_url).await
    }

    /// Fails if one of these words is in the database, the broker's store, the folder of files or anybody's log: as it is,
    /// or in the digits in which a dump has bytes.
    async fn lacks(&self, stage: &str, words: &[&str]) {
        let (dump, store, folder) = (self.dump().await, self.broker().store(), self.setup.folder.path());
        let log = serde_json::to_string(&*self.server.log.lock().unwrap()).unwrap();
        let logs = [("the server", log), ("PostgreSQL", self.cluster.log()), ("the broker", self.broker().log())];
        for ((whose, log), says) in logs.iter().zip(["projected", "ready to accept connections", "Server is ready"]) {
            assert!(log.contains(says), "the log of {whose} is the one that was asked for: {log}");
        }
        for word in words.iter().flat_map(|word| [(*word).to_owned(), hex::encode(word)]) {
            assert!(!dump.contains(&word), "{stage}: {word} is in the database");
            assert!(!holds(&store, &word), "{stage}: {word} is in the broker's store");
            assert!(!holds(folder, &word), "{stage}: {word} is among the files");
            for (whose, log) in &logs {
                assert!(!log.contains(&word), "{stage}: {word} is in the log of {whose}");
            }
        }
    }
}

/// The whole of a database as `pg_dump` writes it: every schema.
pub(crate) async fn dump(url: &str) -> String {
    let tool = Path::new(&environment::postgres_bin()).join("pg_dump");
    let dumped = Command::new(tool).arg(url).output().await.unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    String::from_utf8_lossy(&dumped.stdout).into_owned()
}

/// How many files are below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// Somebody with the name and the email that are to be found nowhere. They ask with keys that are remembered, and are
/// answered again and refused: that too may leave traces.
async fn registers_canary(server: &Spawned) -> Person {
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": NAME});
    for (key, status) in [("first", 201), ("first", 201), ("second", 409)] {
        let request = crate::harness::client().post(format!("{}/v1/users", server.url)).header("idempotency-key", key);
        assert_eq!(request.json(&body).send().await.unwrap().status(), status);
    }
    Person::signs_in(&server.url, EMAIL, PASSWORD).await
}

/// Somebody of another system, whom an import makes an account while the server runs. They have said something there,
/// and sign in here once the operator has set their password.
async fn imports_canary(instance: &Instance) -> Person {
    let teams = json!([{"name": "t", "channels": [{"name": "c", "roles": "channel_user"}]}]);
    let post = json!({
        "team": "t", "channel": "c", "user": USERNAME, "message": TOLD, "create_at": 1_700_000_000_000_u64,
    });
    let lines = [
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}),
        json!({"type": "channel", "channel": {"team": "t", "name": "c", "type": "O"}}),
        json!({"type": "user", "user": {"username": USERNAME, "email": SOURCE_EMAIL, "teams": teams}}),
        json!({"type": "post", "post": post}),
    ];
    // Not in the instance's folder: the export is none of what it keeps.
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("export.jsonl");
    std::fs::write(&export, lines.map(|line| format!("{line}\n")).concat()).unwrap();
    let imported = instance.setup.command(["import", "mattermost", export.to_str().unwrap()]).await;
    assert!(imported.status.success(), "{imported:?}");
    let set = piped(&instance.setup, &["admin", "set-password", SOURCE_EMAIL], PASSWORD).await;
    assert!(set.status.success(), "{set:?}");
    Person::signs_in(&instance.server.url, SOURCE_EMAIL, PASSWORD).await
}

/// Asks, in all ways and with keys that are remembered, for mail to the email that is to be found nowhere.
async fn verifies(instance: &Instance, canary: &Person) {
    let (asked, path) = (json!({"email": EMAIL}), "/v1/users/verification");
    let ask = |path: &str, key: &str| canary.request("POST", path).header("idempotency-key", key);
    for request in [ask(path, "one"), ask(path, "two").json(&asked), ask("/v1/password-resets", "three").json(&asked)] {
        is_mailed(instance, request, EMAIL).await;
    }
}

/// Asks for mail, which comes to this email.
async fn is_mailed(instance: &Instance, asks: Request, email: &str) {
    asks.send().await.expect(202);
    assert!(instance.mail.receives("250 welcome").await.unwrap().contains(email));
}

/// Takes another email, and asks for mail to it.
async fn changes_email(instance: &Instance, canary: &Person) {
    let body = json!({"email": LATER_EMAIL, "password": PASSWORD});
    let change = canary.request("PUT", "/v1/users/me/email").header("idempotency-key", "four").json(&body);
    change.send().await.expect(204);
    let asks = canary.request("POST", "/v1/users/verification").header("idempotency-key", "five");
    is_mailed(instance, asks, LATER_EMAIL).await;
}

/// Fails if somebody is shown one of these words, in the rooms or by asking for it.
async fn shown_nothing(person: &Person, rooms: [&Room; 2], words: &[&str]) {
    for word in words {
        assert!(person.finds(word).await.is_empty(), "{word} is found");
        for room in rooms {
            for path in ["", "/messages", "/members"] {
                let shown = person.get(&room.path(path)).await.expect(200).text;
                assert!(!shown.contains(word), "{word} is shown");
            }
        }
    }
}

/// What is deleted in a secret room is gone while its author is there yet, and what an author said with them.
#[tokio::test]
async fn what_was_destroyed_is_found_nowhere() {
    let instance = Instance::start().await;
    let server = &instance.server;
    let (canary, alice) = (registers_canary(server).await, server.registers("alice").await);
    let room = alice.creates_room("general").await;
    alice.adds(&room, &canary).await;
    canary.put("/v1/users/me/settings", json!({"note": SPOKEN})).await.expect(204);
    verifies(&instance, &canary).await;
    let imported = imports_canary(&instance).await;
    let spoken = canary.sends(&room, SPOKEN).await;
    canary.patch(&room.message(&spoken, ""), json!({"text": REWORDED})).await.expect(200);
    let filed = canary.uploads(&format!("{NAME}.txt"), FILED).await;
    canary.sends_files(&room, "with it", &[filed]).await;
    alice.sends(&room, KEPT).await;
    let secret = canary.confides_in(&alice).await;
    let whisper = canary.sends(&secret, WHISPER).await;
    let read = alice.request("GET", &secret.path("/messages"));
    let read = read.header("min-event-position", whisper.position.to_string()).patiently().await.expect(200);
    assert_eq!(read.items()[0]["data"]["text"], WHISPER);
    assert_eq!(canary.reads(&room).await, [REWORDED, "with it", KEPT]);
    alice.get(&format!("/v1/files/{filed}")).await.expect(200);
    assert_eq!(alice.finds(REWORDED).await, [REWORDED]);
    let rebuilt = instance.setup.command(["projections", "rebuild"]).await;
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    let before = instance.dump().await;
    let readable = [SPOKEN, REWORDED, NAME, EMAIL, KEPT, USERNAME, SOURCE_EMAIL, TOLD];
    assert!(readable.iter().all(|word| before.contains(word)), "read models are readable");
    for generation in ["read_v1", "read_v2"] {
        let (_, rows) = before.split_once(&format!("COPY {generation}.message ")).expect(generation);
        assert!(rows.split("\\.\n").next().unwrap().contains(REWORDED), "{generation} is one of two");
    }
    assert!(!before.contains(WHISPER), "but for what is secret");
    assert!(holds(&instance.setup.folder.path().join("blobs"), FILED), "and so are files");
    for (email, name) in [(EMAIL, NAME), (SOURCE_EMAIL, USERNAME)] {
        let found = alice.get(&format!("/v1/users?q={email}")).await.expect(200);
        assert_eq!(found.items()[0]["display_name"], name);
    }
    changes_email(&instance, &canary).await;

    let receipt = canary.delete(&secret.message(&whisper, "")).await.expect(200);
    finished(&alice, &receipt).await;
    instance.lacks("once it is deleted", &[WHISPER]).await;
    for person in [&canary, &alice] {
        shown_nothing(person, [&room, &secret], &[WHISPER]).await;
    }
    let key = "select wrapped is null from keys.key where name = $1";
    let pool = PgPool::connect_lazy(&instance.setup.superuser_url).unwrap();
    let key = sqlx::query_scalar::<_, bool>(key).bind(format!("message/{}/{}/{}", canary.id, secret.0, whisper.id));
    assert!(key.fetch_one(&pool).await.unwrap(), "no copy of the log can be opened");
    assert_eq!(canary.reads(&room).await, [REWORDED, "with it", KEPT], "and nothing else is gone");

    for person in [&canary, &imported] {
        finished(&alice, &erases(person).await.expect(200)).await;
    }
    assert!(instance.dump().await.contains(KEPT));
    let store = instance.broker().store();
    assert!(files(&store) > 0 && holds(&store, &alice.id.to_string()), "the broker has the log, sealed");
    let emails = [EMAIL, LATER_EMAIL, SOURCE_EMAIL];
    // Nor a part of them that tells whose they were.
    let local_parts = emails.map(|email| email.split('@').next().unwrap());
    let words = [&[WHISPER, REWORDED, SPOKEN, FILED, NAME, USERNAME, TOLD][..], &emails, &local_parts].concat();
    instance.lacks("once they are erased", &words).await;
    shown_nothing(&alice, [&room, &secret], &words).await;
    alice.get(&format!("/v1/files/{filed}")).await.expect_problem(404, "not-found");
    for q in emails.into_iter().chain([NAME, USERNAME]) {
        let found = alice.get(&format!("/v1/users?q={q}")).await.expect(200);
        assert!(found.items().is_empty(), "{q}: {}", found.text);
    }
}

/// The bytes and the name of a secret room's file, of one that is there and of one that is on its way.
#[tokio::test]
async fn what_a_secret_file_holds_is_found_nowhere() {
    let instance = Instance::start().await;
    let server = &instance.server;
    let (alice, bob) = (server.registers("alice").await, server.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let bytes = format!("{WHISPER}{}", "0123456789".repeat(20_000));
    let id = alice.whispers(&secret, &format!("{NAME}.txt"), bytes.clone()).await.expect(201).id();
    let sent = alice.sends_files(&secret, SPOKEN, &[id]).await;
    let path = format!("/v1/files/{id}/content");
    let read = bob.request("GET", &path).header("min-event-position", sent.position.to_string());
    let read = read.patiently().await.expect(200);
    assert!(read.text == bytes && read.header("content-disposition").unwrap().contains(NAME));

    let begins = alice.request("POST", &format!("/v1/uploads?room={}", secret.0)).header("tus-resumable", "1.0.0");
    let begins = begins.header("upload-length", "1000").header("upload-metadata", "filename Y2FuYXJ5LW5hbWUtYjNlOA==");
    let begins = begins.header("content-type", "application/offset+octet-stream").bytes(REWORDED);
    let begun = begins.send().await.expect(201);
    assert_eq!(begun.header("upload-offset").unwrap(), REWORDED.len().to_string());

    let blobs = instance.setup.folder.path().join("blobs");
    assert!(instance.dump().await.contains(&id.to_string()), "the dump is the one that was asked for");
    // The name as it was sent, and in base64 as a note would have it.
    let words = [WHISPER, NAME, SPOKEN, REWORDED, "Y2FuYXJ5LW5hbWUtYjNlOA"];
    instance.lacks("while it is there", &words).await;
    assert_eq!(files(&blobs.join("kept")), 1);
    let receipt = alice.delete(&secret.message(&sent, "")).await.expect(200);
    for person in [&alice, &bob] {
        let gone = person.request("GET", &path).header("min-event-position", receipt.position().unwrap().to_string());
        gone.patiently().await.expect_problem(404, "not-found");
    }
    finished(&alice, &receipt).await;
    assert_eq!(files(&blobs.join("kept")), 0);
    instance.lacks("once it is destroyed", &words).await;
}
