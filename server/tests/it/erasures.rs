//! Erasing an account: what was theirs is hidden at once, everywhere, and purged soon after.

mod held_back;
pub(crate) mod positions;

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, sleep};

use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Room, Setup, Spawned, TestApp};

/// How long purging may take.
const PURGES_WITHIN: Duration = Duration::from_secs(20);

/// What keeps read models from being purged while somebody holds it.
pub(crate) const PURGE_LOCK: i64 = 0x4841_4e53_4152_4403;

pub(crate) async fn erases(person: &Person) -> Answer {
    person.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD})).send().await
}

/// Waits until a receipt is final.
pub(crate) async fn finished(person: &Person, receipt: &Answer) -> Answer {
    let (address, deadline) = (receipt.body["address"].as_str().unwrap(), Instant::now() + PURGES_WITHIN);
    loop {
        let shown = person.request("GET", address).send().await.expect(200);
        if shown.body["status"] == "final" {
            return shown;
        }
        assert!(Instant::now() < deadline, "{}", shown.text);
        // Polls as whoever has the receipt would.
        sleep(Duration::from_millis(20)).await;
    }
}

async fn dialog(one: &Person, other: &Person, kind: &str) -> Room {
    Room(one.post("/v1/rooms", json!({"type": kind, "member_ids": [other.id]})).await.expect(201).id())
}

/// The texts that a generation of read models holds.
async fn texts(pool: &PgPool, schema: &str) -> Vec<String> {
    let sql = format!(
        "select text from {schema}.message where text is not null \
         union all select text from {schema}.message_version where text is not null order by 1"
    );
    sqlx::query_scalar(&sql).fetch_all(pool).await.unwrap()
}

pub(crate) async fn verified(setup: &Setup) {
    let verified = setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test]
async fn nothing_of_somebody_is_left_but_that_they_were_there() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (dialog, secret) = (dialog(&alice, &bob, "dialog").await, dialog(&alice, &bob, "secret").await);
    for place in [&room, &dialog, &secret] {
        bob.sends(place, "of bob").await;
        alice.sends(place, "of alice").await;
    }
    let sent = bob.sends(&room, "bob's first").await;
    let message = room.path(&format!("/messages/{}", sent.id));
    bob.patch(&message, json!({"text": "bob's second"})).await.expect(200);
    bob.put("/v1/users/me/settings", json!({"theme": "bob's own"})).await.expect(204);
    let other = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    assert_eq!(bob.finds("of").await, ["of alice", "of bob", "of alice", "of bob"], "but in the secret room");

    let wrong = bob.request("DELETE", "/v1/users/me").json(&json!({"password": "not a password"})).send().await;
    let wrong = wrong.expect_problem(422, "invalid");
    assert_eq!(wrong.body["errors"][0]["pointer"], "/password");
    let receipt = erases(&bob).await.expect(200);
    assert_eq!((&receipt.body["status"], &receipt.body["kind"]), (&json!("provisional"), &json!("account")));
    let key = format!("user/{}", bob.id);
    assert_eq!(receipt.body["destroyed"], json!({"key_ids": [key], "blobs": []}));
    assert_eq!(receipt.body["position"].as_i64(), receipt.position());
    assert_eq!(receipt.body["positions"].as_array().unwrap().len(), 1, "their registration");

    // They are signed out everywhere, and do not come back.
    for session in [&bob, &other] {
        session.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
        session.post(&room.path("/messages"), json!({"text": "x"})).await.expect_problem(401, "not-signed-in");
        erases(session).await.expect_problem(401, "not-signed-in");
    }
    let sign_in = json!({"email": bob.email, "password": PASSWORD});
    app.request("POST", "/v1/sessions").json(&sign_in).send().await.expect_problem(401, "wrong-credentials");

    // Others see that somebody was there, and nothing that they said, before anything is purged and after.
    for purged in [false, true] {
        for place in [&room, &dialog, &secret] {
            let page = alice.get(&place.path("/messages")).await.expect(200);
            for item in page.messages() {
                let theirs = item["sender_id"] == json!(bob.id);
                assert_eq!(theirs, item["status"] == "deleted", "{item}");
                let says = if theirs { json!({}) } else { json!({"text": "of alice"}) };
                assert_eq!(item["data"], says);
            }
            assert!(page.messages().len() >= 2);
            let members = alice.get(&place.path("/members")).await.expect(200);
            let them = members.items().iter().find(|member| member["user_id"] == json!(bob.id));
            assert_eq!(them.map(|them| &them["display_name"]), Some(&Value::Null));
        }
        assert_eq!(alice.finds("of").await, ["of alice", "of alice"]);
        assert_eq!(alice.get(&format!("{message}/versions")).await.expect(200).items().len(), 0);
        let account = alice.get(&format!("/v1/users/{}", bob.id)).await.expect(200).body;
        assert_eq!((&account["display_name"], &account["avatar_file_id"]), (&json!(null), &json!(null)));
        let list = alice.get("/v1/rooms").await.expect(200);
        assert!(!list.text.contains("of bob") && !list.text.contains("bob's"), "{}", list.text);
        if !purged {
            finished(&alice, &receipt).await;
        }
    }
    assert_eq!(texts(&app.pool, "read_v1").await, ["of alice", "of alice"]);
    verified(&app.setup).await;
    let unread = alice.get(&secret.path("")).await.expect(200).body["my"]["unread_count"].clone();
    assert_eq!(unread, 0, "what is gone is not to be read");

    // Nor does the record open: what is theirs stands in it, sealed for good.
    let exported = app.setup.command(["audit", "export", "--open", "--reason=case 17"]).await;
    assert!(exported.status.success(), "{exported:?}");
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("of alice") && exported.contains(&alice.email), "{exported}");
    assert!(exported.contains(&bob.id.to_string()), "that they were there stays");
    for word in ["of bob", "bob's", &bob.email, "\"bob\""] {
        assert!(!exported.contains(word), "{word}: {exported}");
    }
}

#[tokio::test]
async fn an_email_is_free_once_its_account_is_erased() {
    let app = TestApp::without_nats().await;
    let bob = app.registers("bob").await;
    erases(&bob).await.expect(200);
    let again = app.registers("bob").await;
    assert_ne!(again.id, bob.id);
    let me = again.get("/v1/users/me").await.expect(200).body;
    assert_eq!((&me["email"], &me["display_name"]), (&json!("bob@example.org"), &json!("bob")));
}

#[tokio::test]
async fn who_is_erased_is_nobody_to_bring_in_or_to_talk_to() {
    let app = TestApp::without_nats().await;
    let (admin, (alice, room)) = (app.administrator("root").await, app.member_of_a_room("alice").await);
    let bob = app.registers("bob").await;
    let there = dialog(&alice, &bob, "dialog").await;
    // What comes of it by itself comes before all else.
    finished(&alice, &erases(&bob).await.expect(200)).await;
    let path = room.path(&format!("/members/{}", bob.id));
    alice.put(&path, json!({})).await.expect_problem(404, "not-found");
    alice.put(&format!("/v1/users/me/blocks/{}", bob.id), json!({})).await.expect_problem(404, "not-found");
    let opened = alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(200);
    assert_eq!(opened.id(), there.0);
    let carol = app.registers("carol").await;
    for (asks, kind) in [(&carol, "dialog"), (&alice, "secret")] {
        let refused = asks.post("/v1/rooms", json!({"type": kind, "member_ids": [bob.id]})).await;
        assert_eq!(refused.expect_problem(422, "invalid").body["errors"][0]["pointer"], "/member_ids/0");
    }
    let group = json!({"type": "group", "name": "x", "member_ids": [bob.id]});
    alice.post("/v1/rooms", group).await.expect_problem(422, "invalid");
    let head = app.head().await;
    for below in ["suspension", "roles/admin", "roles/auditor"] {
        for method in ["PUT", "DELETE"] {
            let path = format!("/v1/users/{}/{below}", bob.id);
            let answer = admin.request(method, &path).send().await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (404, Some("not-found")), "{method} {below}: {}", answer.text);
        }
    }
    assert_eq!(app.head().await, head);
    // What they had together stays, for the one who is left.
    alice.get(&there.path("")).await.expect(200);
}

#[tokio::test]
async fn what_somebody_has_of_it_is_not_said_to_be_as_it_is() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let sent = bob.sends(&room, "of bob").await;
    app.settled().await;
    for path in [room.message(&sent, ""), room.path(&format!("/members/{}", bob.id)), room.path("")] {
        assert!(alice.get(&path).await.expect(200).header("etag").is_some(), "{path}");
    }
    erases(&bob).await.expect(200);
    for (path, told) in [
        (room.message(&sent, ""), "of bob"),
        (room.path(&format!("/members/{}", bob.id)), "\"bob\""),
        (room.path(""), "of bob"),
    ] {
        let known = alice.request("GET", &path).header("if-none-match", "\"v1\", \"v2\", \"v3\", *");
        let shown = known.send().await.expect(200);
        assert!(!shown.text.contains(told), "{path}: {}", shown.text);
    }
}

#[tokio::test]
async fn whoever_was_not_answered_asks_again() {
    let app = TestApp::without_nats().await;
    let bob = app.registers("bob").await;
    let erase = |key: &str| {
        let request = bob.request("DELETE", "/v1/users/me").header("idempotency-key", key);
        request.json(&json!({"password": PASSWORD})).send()
    };
    let first = erase("gone").await.expect(200);
    let again = erase("gone").await.expect(200);
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&first.body, Some("true")));
    erase("another").await.expect_problem(401, "not-signed-in");
    let forged = app.request("DELETE", "/v1/users/me").header("idempotency-key", "gone");
    forged.json(&json!({"password": PASSWORD})).send().await.expect_problem(401, "not-signed-in");
}

/// Whatever the read models still hold, and for however long: it is not shown, and they are true all the same.
#[tokio::test]
async fn what_is_erased_is_hidden_before_read_models_know_of_it() {
    let setup = Setup::without_nats().await;
    let all = setup.spawn().await;
    let (alice, bob) = (all.registers("alice").await, all.registers("bob").await);
    let room = alice.creates_room("general").await;
    alice.adds(&room, &bob).await;
    bob.sends(&room, "of bob").await;
    assert_eq!(bob.reads(&room).await, ["of bob"]);
    drop(all);

    let edges = setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let (alice, bob) = (alice.at(&edges.url), bob.at(&edges.url));
    let found = async |q: &str| {
        let page = alice.request("GET", &format!("/v1/users?limit=1&q={q}")).send().await.expect(200);
        (page.items().iter().map(|user| user["id"].clone()).collect::<Vec<_>>(), page.body["after"].clone())
    };
    for q in ["bob", "bob@example.org"] {
        assert_eq!(found(q).await, (vec![json!(bob.id)], json!(null)), "{q}");
    }
    let (first, after) = found("").await;
    assert_eq!(first, [json!(alice.id)]);
    let receipt = erases(&bob).await.expect(200);
    for q in ["bob", "bob@example.org", "o", &format!("&after={}", after.as_str().unwrap())] {
        assert_eq!(found(q).await.0, Vec::<Value>::new(), "{q}");
    }
    assert_eq!(found("").await, (vec![json!(alice.id)], json!(null)), "nor does a cursor lead to them");
    let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    assert_eq!(texts(&pool, "read_v1").await, ["of bob"], "nobody projects");
    let shown = alice.request("GET", &room.path("/messages")).send().await.expect(200);
    let shown = shown.messages()[0];
    assert_eq!((&shown["status"], &shown["data"]), (&json!("deleted"), &json!({})));
    let members = alice.request("GET", &room.path("/members")).send().await.expect(200);
    assert_eq!(members.items()[1]["display_name"], json!(null));
    let account = alice.request("GET", &format!("/v1/users/{}", bob.id)).send().await.expect(200);
    assert_eq!(account.body["display_name"], json!(null));
    let versions = room.path(&format!("/messages/{}/versions", shown["id"].as_str().unwrap()));
    assert_eq!(alice.request("GET", &versions).send().await.expect(200).items().len(), 0);
    verified(&setup).await;

    let projector = Spawned::serve(&setup, &["--roles=projector,reactor"]).await;
    finished(&alice, &receipt).await;
    assert_eq!(texts(&pool, "read_v1").await, Vec::<String>::new());
    verified(&setup).await;
    drop(projector);
}

/// Read models know of it, and have not been purged yet.
#[tokio::test]
async fn read_models_are_true_while_they_are_being_purged() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    bob.sends(&room, "of bob").await;
    alice.sends(&room, "of alice").await;
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(PURGE_LOCK).execute(&mut holder).await.unwrap();

    let receipt = erases(&bob).await.expect(200);
    app.settled().await;
    assert_eq!(texts(&app.pool, "read_v1").await, ["of alice", "of bob"]);
    let address = receipt.body["address"].as_str().unwrap();
    assert_eq!(app.get(address).await.expect(200).body["status"], "provisional");
    assert_eq!(alice.reads(&room).await, ["", "of alice"]);
    verified(&app.setup).await;
    // What is not theirs is compared as ever.
    let spoil = "update read_v1.message set text = $1 where text = $2";
    let spoiled = sqlx::query(spoil).bind("not of alice").bind("of alice").execute(&app.pool).await.unwrap();
    assert_eq!(spoiled.rows_affected(), 1);
    assert_eq!(app.setup.command(["projections", "verify"]).await.status.code(), Some(1));
    sqlx::query(spoil).bind("of alice").bind("not of alice").execute(&app.pool).await.unwrap();

    holder.close().await.unwrap();
    finished(&alice, &receipt).await;
    assert_eq!(texts(&app.pool, "read_v1").await, ["of alice"]);
    verified(&app.setup).await;
    // Once it is purged, a word of theirs would be found.
    sqlx::query("update read_v1.message set text = 'of bob' where text is null").execute(&app.pool).await.unwrap();
    assert_eq!(app.setup.command(["projections", "verify"]).await.status.code(), Some(1));
}

#[tokio::test]
async fn every_set_of_read_models_is_purged_also_one_that_serves_no_more() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
        person.sends(&room, &format!("of {}", person.email)).await;
    }
    app.settled().await;
    let rebuilt = app.setup.command(["projections", "rebuild"]).await;
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    for schema in ["read_v1", "read_v2"] {
        assert_eq!(texts(&app.pool, schema).await, ["of bob@example.org", "of carol@example.org"]);
    }
    let receipt = erases(&bob).await.expect(200);
    finished(&alice, &receipt).await;
    for schema in ["read_v1", "read_v2"] {
        assert_eq!(texts(&app.pool, schema).await, ["of carol@example.org"], "{schema}");
        let sql = format!("select count(*) from {schema}.account where email is null and display_name is null");
        assert_eq!(sqlx::query_scalar::<_, i64>(&sql).fetch_one(&app.pool).await.unwrap(), 1, "{schema}");
    }
    verified(&app.setup).await;
    // One that is made later never held a word of theirs, and is none the less equal.
    let rebuilt = app.setup.command(["projections", "rebuild"]).await;
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    verified(&app.setup).await;
    assert_eq!(app.get(receipt.body["address"].as_str().unwrap()).await.expect(200).body["status"], "final");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::without_nats().await;
    let (ada, eve) = (app.registers("ada").await, app.registers("eve").await);
    for person in [&ada, &eve] {
        let granted = app.setup.command(["admin", "grant-role", &person.email, "admin"]).await;
        assert!(granted.status.success(), "{granted:?}");
    }
    let (one, other) = tokio::join!(erases(&ada), erases(&eve));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
    let (gone, left) = if one.status == 200 { (&ada, &eve) } else { (&eve, &ada) };
    erases(left).await.expect_problem(409, "last-admin");
    assert_eq!(left.get("/v1/users/me").await.expect(200).body["roles"], json!(["admin"]));
    gone.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn why_somebody_was_banned_goes_with_whoever_said_so() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    for person in [&bob, &eve] {
        alice.adds(&room, person).await;
    }
    alice.put(&room.path(&format!("/bans/{}", eve.id)), json!({"reason": "reason of alice"})).await.expect(204);
    let role = json!({"name": "keeper", "rank": 1, "permissions": {"allow": ["ban_members"], "deny": []}});
    let role = alice.post(&room.path("/roles"), role).await.expect(201).id();
    alice.put(&room.path(&format!("/members/{}", bob.id)), json!({"roles": [role]})).await.expect(200);
    let bans = room.path("/bans");
    app.settled().await;
    assert_eq!(bob.get(&bans).await.expect(200).items()[0]["reason"], "reason of alice");

    let receipt = erases(&alice).await.expect(200);
    for purged in [false, true] {
        let list = bob.get(&bans).await.expect(200);
        assert_eq!((&list.items()[0]["reason"], &list.items()[0]["user_id"]), (&json!(null), &json!(eve.id)));
        if !purged {
            finished(&bob, &receipt).await;
        }
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from read.membership where ban_reason is not null")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
    verified(&app.setup).await;
}
