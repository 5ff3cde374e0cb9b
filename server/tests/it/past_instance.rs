//! `hansard serve --as-of`: a whole instance as it was, for auditors of today.

mod going_on;

use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::erasures::erases;
use crate::harness::request::Request;
use crate::harness::{Answer, Person, Room, Setup, Spawned, TestApp, TestDatabase};
use crate::openapi::COMMITTED;

/// A past that is served.
struct Then {
    served: Spawned,
    database: TestDatabase,
    as_of: i64,
}

async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

impl Then {
    async fn serves(app: &TestApp, as_of: i64) -> Self {
        let database = TestDatabase::copied().await;
        let served = served(app, &database, as_of).await;
        Self { served, database, as_of }
    }

    /// What an auditor is told, who looks as somebody.
    async fn shows(&self, auditor: &Person, viewer: &Person, path: &str) -> Answer {
        self.asked(auditor, viewer, path).send().await
    }

    fn asked(&self, auditor: &Person, viewer: &Person, path: &str) -> Request {
        let asked = auditor.at(&self.served.url).request("GET", path);
        let asked = asked.header("audit-reason", "case 5").header("view-as", viewer.id.to_string());
        asked.header("min-event-position", self.as_of.to_string())
    }

    async fn reads(&self, auditor: &Person, viewer: &Person, room: &Room) -> Vec<String> {
        let page = self.shows(auditor, viewer, &room.path("/messages")).await.expect(200);
        let text = |message: &&Value| message["data"]["text"].as_str().unwrap_or_default().to_owned();
        page.messages().iter().map(text).collect()
    }
}

fn flags(database: &TestDatabase, as_of: i64) -> [String; 4] {
    let (as_of, url) = (format!("--as-of={as_of}"), format!("--past-database-url={}", database.url));
    [as_of, "--read-only".to_owned(), "--reason=case 5".to_owned(), url]
}

/// Serves a past with these flags, and what it said, as it is refused.
async fn refused(app: &TestApp, past: Vec<String>) -> String {
    let flags = [vec!["serve".to_owned()], app.setup.flags(), past].concat();
    let output = app.setup.command(flags.iter().map(String::as_str)).await;
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What is on record as looked at, in order.
pub(crate) async fn looks(app: &TestApp) -> Vec<String> {
    let what = "select payload->>'what' from log.events where event_type = 'audit_accessed' order by position";
    sqlx::query_scalar(what).fetch_all(&app.pool).await.unwrap()
}

async fn served(app: &TestApp, database: &TestDatabase, as_of: i64) -> Spawned {
    Spawned::serve(&app.setup, &flags(database, as_of).each_ref().map(String::as_str)).await
}

/// Every query of a member of a room that a story compares.
fn queries(room: &Room) -> Vec<String> {
    let of_room = ["", "/messages?limit=200", "/members", "/bans", "/invites", "/messages?pinned=true"];
    let others = ["/v1/rooms", "/v1/users/me", "/v1/users/me/settings", "/v1/search?q=of", "/v1/rooms/public"];
    of_room.map(|below| room.path(below)).into_iter().chain(others.map(str::to_owned)).collect()
}

#[tokio::test]
async fn every_query_is_answered_as_it_was_then() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let sent = alice.sends(&room, "of alice").await;
    bob.sends(&room, "of bob").await;
    let earl = app.registers("earl").await;
    erases(&earl).await.expect(200);
    bob.put(&room.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    alice.put(&room.message(&sent, "/pin"), json!({})).await.expect(204);
    alice.put("/v1/users/me/settings", json!({"theme": "dark"})).await.expect(204);
    app.settled().await;
    let (as_of, mut told) = (app.head().await, vec![]);
    for viewer in [&alice, &bob] {
        for path in queries(&room) {
            told.push((viewer, path.clone(), viewer.get(&path).await));
        }
    }
    // Then everything becomes different.
    alice.patch(&room.message(&sent, ""), json!({"text": "reworded"})).await.expect(200);
    alice.removes(&room, &bob).await;
    alice.patch(&room.path(""), json!({"name": "renamed"})).await.expect(200);
    alice.put("/v1/users/me/settings", json!({})).await.expect(204);
    bob.patch("/v1/users/me", json!({"display_name": "robert"})).await.expect(200);
    let dora = app.registers("dora").await;

    let then = Then::serves(&app, as_of).await;
    for (viewer, path, was) in told {
        let shown = then.shows(&ada, viewer, &path).await;
        assert_eq!(shown.status, was.status, "{path} as {}", viewer.email);
        if was.status == 200 {
            assert_eq!(shown.body, was.body, "{path} as {}", viewer.email);
            assert_eq!(shown.position(), Some(as_of), "{path}");
        }
    }
    // Who was erased by then, or came later, was nobody.
    for nobody in [&earl, &dora] {
        then.shows(&ada, nobody, "/v1/rooms").await.expect_problem(401, "not-signed-in");
    }

    // Today goes on, and each look is on record there.
    assert_eq!(alice.reads(&room).await, ["reworded", "of bob"]);
    let copied = format!("hansard serve --as-of {as_of}: a copy of the log up to there");
    let first = format!("as of {as_of}, as {}: {}", alice.id, room.path(""));
    assert_eq!(looks(&app).await[..2], [copied, first]);
}

#[tokio::test]
async fn whoever_copies_the_past_says_why_before_anything_is_copied() {
    let app = TestApp::without_nats().await;
    app.registers("alice").await;
    let (as_of, database) = (app.head().await, TestDatabase::copied().await);
    let [at, read_only, reason, url] = flags(&database, as_of);
    for (reason, why) in [(None, "--reason <TEXT>"), (Some("--reason="), "--reason"), (Some("--reason= "), "--reason")]
    {
        let given = [at.clone(), read_only.clone(), url.clone()].into_iter().chain(reason.map(str::to_owned));
        let told = refused(&app, given.collect()).await;
        assert!(told.contains(why), "{told}");
    }
    let told = refused(&app, vec![reason.clone()]).await;
    assert!(told.contains("--as-of <POSITION>"), "{told}");
    assert_eq!((app.head().await, looks(&app).await), (as_of, vec![]), "nothing is on record");
    let then = PgPool::connect_lazy(&database.superuser_url).unwrap();
    let copied = async || sqlx::query_scalar::<_, i64>("select position from log.head").fetch_one(&then).await.unwrap();
    assert_eq!(copied().await, 0);

    // A log that takes no record of it gives no copy of itself.
    app.takes_no_looks().await;
    refused(&app, vec![at, read_only, reason, url]).await;
    assert_eq!(copied().await, 0);
    then.close().await;
}

#[tokio::test]
async fn the_past_is_for_auditors_of_today_who_say_why() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "said").await;
    let as_of = app.head().await;
    let then = Then::serves(&app, as_of).await;
    let url = &then.served.url;
    then.shows(&alice, &alice, &room.path("/messages")).await.expect_problem(404, "not-found");
    let bare = ada.at(url);
    bare.request("GET", "/v1/rooms").send().await.expect_problem(400, "audit-reason-required");
    for persons in [vec!["nobody".to_owned()], vec![alice.id.to_string(), ada.id.to_string()]] {
        let asked = bare.request("GET", "/v1/rooms").header("audit-reason", "x");
        let asked = persons.iter().fold(asked, |asked, person| asked.header("view-as", person));
        asked.send().await.expect_problem(400, "invalid-header");
    }
    let before = app.head().await;
    let beyond = bare.request("GET", "/v1/rooms").header("audit-reason", "x").header("view-as", alice.id.to_string());
    let beyond = beyond.header("min-event-position", (as_of + 1).to_string());
    beyond.send().await.expect_problem(409, "position-unknown");
    assert_eq!(app.head().await, before + 1, "it is on record all the same");
    for (method, path) in [("POST", "/v1/rooms"), ("PATCH", &*room.path("")), ("DELETE", "/v1/users/me")] {
        let refused = bare.request(method, path).json(&json!({})).send().await;
        refused.expect_problem(403, "read-only");
    }
    assert_eq!(then.reads(&ada, &alice, &room).await, ["said"]);

    // Of what today's log takes no record nothing is shown.
    app.takes_no_looks().await;
    then.shows(&ada, &alice, &room.path("/messages")).await.expect_problem(500, "internal");

    // Who is no auditor any more sees nothing any more.
    let revoked = ada.delete("/v1/sessions/current").await;
    revoked.expect(204);
    then.shows(&ada, &alice, "/v1/rooms").await.expect_problem(401, "not-signed-in");
}

/// A path of the document with something in the place of its parameters.
fn filled(path: &str) -> String {
    let nil = Uuid::nil().to_string();
    path.split('/').map(|part| if part.starts_with('{') { &*nil } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn whatever_would_change_something_or_tell_of_changes_is_refused_alike() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (as_of, document) = (app.head().await, serde_json::from_str::<Value>(COMMITTED).unwrap());
    let then = Then::serves(&app, as_of).await;
    let mut commands = 0;
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/v1/")) {
        for method in item.as_object().unwrap().keys().filter(|method| *method != "get") {
            let refused = ada.at(&then.served.url).request(&method.to_uppercase(), &filled(path)).send().await;
            assert_eq!(refused.status, 403, "{method} {path}");
            if method != "head" {
                refused.expect_problem(403, "read-only");
            }
            commands += 1;
        }
    }
    assert!(commands > 50, "the commands were not read");

    // Whoever looks at the record is put on it: of today.
    let nil = Uuid::nil();
    for path in [
        "/v1/stream",
        "/v1/audit/events",
        "/v1/audit/holds",
        &format!("/v1/audit/rooms/{nil}?as_of=1"),
        &format!("/v1/audit/messages/{nil}/provenance"),
        &format!("/v1/audit/erasures/{nil}"),
    ] {
        then.shows(&ada, &ada, path).await.expect_problem(403, "read-only");
    }
    let past = PgPool::connect_lazy(&then.database.superuser_url).unwrap();
    let head: i64 = sqlx::query_scalar("select position from log.head").fetch_one(&past).await.unwrap();
    assert_eq!(head, as_of, "the past takes nothing more");
    past.close().await;
}

#[tokio::test]
async fn what_is_secret_or_erased_by_now_is_not_shown() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
        person.sends(&room, &format!("of {}", person.email)).await;
    }
    let secret = alice.confides_in(&bob).await;
    alice.sends(&secret, "a secret").await;
    let as_of = app.head().await;
    erases(&bob).await.expect(200);
    let then = Then::serves(&app, as_of).await;
    assert_eq!(then.reads(&ada, &alice, &room).await, ["", "of carol@example.org"]);
    assert_eq!(then.reads(&ada, &alice, &secret).await, [""]);
    // From the answer on.
    erases(&carol).await.expect(200);
    assert_eq!(then.reads(&ada, &alice, &room).await, ["", ""]);
}

#[tokio::test]
async fn bytes_that_are_gone_by_now_are_not_there() {
    let setup = Setup::without_nats().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms");
    let app = setup.start().await;
    let ada = auditor(&app).await;
    let alice = app.registers("alice").await;
    let (gone, kept) = (alice.uploads("gone.txt", "gone").await, alice.uploads("kept.txt", "kept").await);
    app.settled().await;
    let as_of = app.head().await;
    alice.delete(&format!("/v1/files/{gone}")).await.expect(204);
    crate::files::left(&app, 1).await;
    let then = Then::serves(&app, as_of).await;
    let bytes = async |id: Uuid| then.shows(&ada, &alice, &format!("/v1/files/{id}/content")).await;
    assert_eq!(bytes(kept).await.expect(200).text, "kept");
    bytes(gone).await.expect_problem(404, "not-found");
    then.shows(&ada, &alice, &format!("/v1/files/{gone}")).await.expect(200);
}

#[tokio::test]
async fn a_past_that_was_copied_is_served_again_and_no_other() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    bob.sends(&room, "of bob").await;
    let as_of = app.head().await;
    let Then { served, database, .. } = Then::serves(&app, as_of).await;
    drop(served);
    erases(&bob).await.expect(200);
    let served = self::served(&app, &database, as_of).await;
    let then = Then { served, database, as_of };
    assert_eq!(then.reads(&ada, &alice, &room).await, [""], "it was erased while nobody served it");

    for (position, reason) in
        [(as_of - 1, "the database of the past is not empty"), (1_000_000, "is beyond the log's end")]
    {
        let said = refused(&app, flags(&then.database, position).to_vec()).await;
        assert!(said.contains(reason), "{said}");
    }
}

/// What an auditor looks for stays where nothing is erased: so it is not said.
#[tokio::test]
async fn no_word_that_an_auditor_looks_for_is_on_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("canary-bob").await;
    let receipt = erases(&bob).await.expect(200);
    let (as_of, address) = (app.head().await, receipt.body["address"].as_str().unwrap());
    let then = Then::serves(&app, as_of).await;
    let told = format!("as of {as_of}, as {}: ", alice.id);
    let (erasure, _) = address.split_once('?').unwrap();
    for (path, on_record) in [
        (format!("/v1/users?q={}&limit=5", bob.email), "/v1/users?q=*&limit=5".to_owned()),
        ("/v1/search?q=canary-words%20of%20bob".to_owned(), "/v1/search?q=*".to_owned()),
        ("/v1/rooms/public?q=canary-room".to_owned(), "/v1/rooms/public?q=*".to_owned()),
        (format!("/v1/search?room={}&canary-name=1", room.0), format!("/v1/search?room={}&*=*", room.0)),
        (format!("/v1/users/{}", bob.email), "/v1/users/*".to_owned()),
        (address.to_owned(), format!("{erasure}?token=*")),
    ] {
        then.shows(&ada, &alice, &path).await;
        let what = "select payload->>'what' from log.events where event_type = 'audit_accessed' order by position desc limit 1";
        let what: String = sqlx::query_scalar(what).fetch_one(&app.pool).await.unwrap();
        assert_eq!(what, format!("{told}{on_record}"));
    }
    let (_, token) = address.split_once("token=").unwrap();
    let found = "select count(*) from log.events where strpos(payload::text || metadata::text, $1) > 0";
    for word in ["canary", token] {
        let found: i64 = sqlx::query_scalar(found).bind(word).fetch_one(&app.pool).await.unwrap();
        assert_eq!(found, 0, "{word}");
    }
}
