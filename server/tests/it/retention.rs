//! Rooms that keep messages for a time only: what is older ends, month by month, in every copy, with a receipt.

mod bans;
mod damaged;
mod late;
mod looked_back;
mod names;
mod reacted;
mod receipts;
mod said;

use std::time::Duration;

use api_kit::Context;
use serde_json::{Value, json};
use time::macros::datetime;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::erasures::verified;
use crate::harness::room::Sent;
use crate::harness::{Answer, Person, Room, Setup, TestApp};

/// How long ending and purging may take.
const ENDS_WITHIN: Duration = Duration::from_mins(1);

async fn setup() -> Setup {
    long_ago(Setup::without_nats().await)
}

/// In January 2024, with a clock that the story moves.
fn long_ago(setup: Setup) -> Setup {
    let mut setup = setup.flag("--session-lifetime=3650d");
    setup.context = Context::fixed(datetime!(2024-01-10 12:00 UTC), 7);
    setup
}

async fn app() -> TestApp {
    setup().await.start().await
}

/// It is so many days later.
fn later(app: &TestApp, days: i64) {
    app.setup.context.advance(time::Duration::days(days));
}

async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

pub(crate) async fn keeps(person: &Person, room: &Room, period: &str) {
    let shown = person.patch(&room.path(""), json!({"retain_for": period})).await.expect(200);
    assert_eq!(shown.body["retain_for"], period);
}

/// Waits until a count in the database is so much, and the read models have seen it.
async fn comes_to(app: &TestApp, count: &str, room: &Room, wanted: i64) {
    counted(app, count, room, wanted).await;
    app.settled().await;
}

/// Waits until a count in the database is so much, whatever the read models have seen.
async fn counted(app: &TestApp, count: &str, room: &Room, wanted: i64) {
    let deadline = Instant::now() + ENDS_WITHIN;
    loop {
        let counted: i64 = sqlx::query_scalar(count).bind(room.0.to_string()).fetch_one(&app.pool).await.unwrap();
        if counted == wanted {
            break;
        }
        assert!(Instant::now() < deadline, "{counted} where {wanted} are to come");
        // Polls what the reactor and the projector do by themselves.
        sleep(Duration::from_millis(20)).await;
    }
}

/// How often words of a room ended.
const ENDED: &str = "select count(*) from log.events where event_type = 'messages_expired' and aggregate_id = $1";

/// Waits until words of a room ended so often.
pub(crate) async fn ended(app: &TestApp, room: &Room, times: i64) {
    comes_to(app, ENDED, room, times).await;
}

/// Waits until nothing of a room is still to be purged.
pub(crate) async fn purged(app: &TestApp, room: &Room) {
    let left = "select count(*) from projection.purge where done_at is null and room_id = $1::uuid";
    comes_to(app, left, room, 0).await;
}

async fn reads(auditor: &Person, path: &str) -> Answer {
    auditor.request("GET", path).header("audit-reason", "looking").send().await
}

/// The receipts of what ended in a room, once they are final.
pub(crate) async fn receipts(app: &TestApp, auditor: &Person, room: &Room) -> Vec<Value> {
    let events = reads(auditor, &format!("/v1/audit/events?type=messages_expired&room={}", room.0)).await.expect(200);
    let mut receipts = vec![];
    for event in events.items() {
        let path = format!("/v1/audit/erasures/{}", event["payload"]["erasure"]["id"].as_str().unwrap());
        let deadline = Instant::now() + ENDS_WITHIN;
        loop {
            let receipt = reads(auditor, &path).await.expect(200).body;
            if receipt["status"] == "final" {
                receipts.push(receipt);
                break;
            }
            assert!(Instant::now() < deadline, "{receipt}");
            // Polls as an auditor would.
            sleep(Duration::from_millis(20)).await;
        }
    }
    app.settled().await;
    receipts
}

/// The texts that the read models hold.
async fn texts(app: &TestApp) -> Vec<String> {
    let sql = "select text from read_v1.message where text is not null \
         union all select text from read_v1.message_version where text is not null order by 1";
    sqlx::query_scalar(sql).fetch_all(&app.pool).await.unwrap()
}

async fn reactions(person: &Person, room: &Room, sent: &Sent) -> Value {
    person.get(&room.message(sent, "")).await.expect(200).body["reactions"].clone()
}

async fn reacts(person: &Person, room: &Room, sent: &Sent, emoji: &str) {
    person.put(&room.message(sent, &format!("/reactions/{emoji}")), json!({})).await.expect(204);
}

#[tokio::test]
async fn what_is_older_than_a_room_keeps_ends_with_its_month() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (short, other) = (alice.creates_room("short").await, alice.creates_room("other").await);
    let old = alice.sends(&room, "old of alice").await;
    let theirs = bob.sends(&room, "old of bob").await;
    bob.patch(&room.message(&theirs, ""), json!({"text": "old, reworded"})).await.expect(200);
    alice.put(&room.message(&old, "/pin"), json!({})).await.expect(204);
    reacts(&bob, &room, &old, "👍").await;
    let elsewhere = alice.sends(&other, "old elsewhere").await;
    alice.sends(&short, "old in short").await;
    alice.post(&other.message(&elsewhere, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
    keeps(&alice, &room, "P30D").await;
    keeps(&alice, &short, "P1D").await;

    later(&app, 25);
    let newer = bob.sends(&room, "newer of bob").await;
    for emoji in ["👍", "🎉"] {
        reacts(&alice, &room, &newer, emoji).await;
        reacts(&alice, &room, &old, emoji).await;
    }
    ended(&app, &short, 1).await;

    // On 1 March the last moment of January is not thirty days old. What looks at one room looks at the other.
    later(&app, 26);
    alice.sends(&short, "then").await;
    assert_eq!(bob.finds("old").await.len(), 3, "all but in the short one");
    later(&app, 1);
    ended(&app, &room, 1).await;

    // From then on it is shown to nobody, purged or not.
    let shown = ["", "", "", "newer of bob"];
    for purged_by_now in [false, true] {
        let page = bob.get(&room.path("/messages")).await.expect(200);
        let said: Vec<_> = page.messages().iter().map(|one| one["data"]["text"].as_str().unwrap_or_default()).collect();
        assert_eq!(said, shown, "purged: {purged_by_now}");
        for message in page.messages().iter().take(3) {
            assert_eq!(
                (&message["status"], &message["data"], &message["reactions"], &message["pinned"]),
                (&json!("deleted"), &json!({}), &json!([]), &json!(false))
            );
        }
        assert_eq!(bob.get(&room.path("/messages?pinned=true")).await.expect(200).items().len(), 0);
        assert_eq!(bob.finds("old").await, [] as [String; 0]);
        assert_eq!(alice.finds("old").await, ["old elsewhere"]);
        assert_eq!(bob.get(&room.message(&theirs, "/versions")).await.expect(200).items().len(), 0);
        assert_eq!(reactions(&bob, &room, &newer).await.as_array().unwrap().len(), 2);
        verified(&app.setup).await;
        purged(&app, &room).await;
    }
    assert_eq!(texts(&app).await, ["newer of bob", "old elsewhere", "then"]);
    let edit = bob.patch(&room.message(&theirs, ""), json!({"text": "again"})).await;
    edit.expect_problem(409, "message-deleted");
    let unread = alice.get(&room.path("")).await.expect(200).body["my"]["unread_count"].clone();
    assert_eq!(unread, 1, "what is gone is not to be read");

    // The receipt tells which keys, and that nothing is left.
    let [receipt] = &*receipts(&app, &ada, &room).await else { panic!("one append, one receipt") };
    let key = |person: &Person| format!("content/{}/{}/2024-01", person.id, room.0);
    let mut keys = [key(&alice), key(&bob)];
    keys.sort();
    assert_eq!((&receipt["kind"], &receipt["destroyed"]["key_ids"]), (&json!("messages"), &json!(keys)));
    let sealed = "select count(*) from keys.key where name = any($1) and wrapped is null";
    let gone: i64 = sqlx::query_scalar(sealed).bind(&keys[..]).fetch_one(&app.pool).await.unwrap();
    assert_eq!(gone, 2);

    // February goes a month later, with the reactions of February to what is younger.
    later(&app, 31);
    ended(&app, &room, 2).await;
    purged(&app, &room).await;
    assert_eq!(bob.reads(&room).await, ["", "", "", ""]);
    let rebuilt = app.setup.command(["projections", "rebuild"]).await;
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    verified(&app.setup).await;
}

#[tokio::test]
async fn reactions_that_are_older_go_and_younger_ones_stay() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    // What alice says is held, so that it can be seen what becomes of reactions to it.
    let hold = format!("/v1/audit/holds/{}", app.setup.context.new_id());
    let body = json!({"user_id": alice.id, "reason": "case 9"});
    ada.request("PUT", &hold).header("audit-reason", "case 9").json(&body).send().await.expect(201);
    let sent = alice.sends(&room, "held").await;
    reacts(&bob, &room, &sent, "👍").await;
    reacts(&bob, &room, &sent, "🎉").await;
    bob.delete(&room.message(&sent, "/reactions/🎉")).await.expect(204);
    keeps(&alice, &room, "P1D").await;
    later(&app, 25);
    reacts(&bob, &room, &sent, "🎉").await;
    reacts(&alice, &room, &sent, "👍").await;
    ended(&app, &room, 1).await;
    purged(&app, &room).await;
    assert_eq!(bob.reads(&room).await, ["held"]);
    let shown: Vec<_> = reactions(&bob, &room, &sent).await.as_array().unwrap().clone();
    let mut shown: Vec<_> = shown.iter().map(|one| json!([one["emoji"], one["count"], one["mine"]])).collect();
    shown.sort_by_key(ToString::to_string);
    assert_eq!(shown, [json!(["🎉", 1, true]), json!(["👍", 1, false])]);
    verified(&app.setup).await;

    // Once nobody holds it any more, it ends too.
    ada.request("DELETE", &hold).header("audit-reason", "settled").send().await.expect(204);
    ended(&app, &room, 2).await;
    purged(&app, &room).await;
    assert_eq!(bob.reads(&room).await, [""]);
    verified(&app.setup).await;
}

#[tokio::test]
async fn what_somebody_forwarded_who_is_held_does_not_end() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    let secret = alice.confides_in(&bob).await;
    for person in [&bob, &carol] {
        alice.adds(&room, person).await;
    }
    let other = alice.creates_room("other").await;
    let elsewhere = alice.sends(&other, "of alice, brought by bob").await;
    alice.adds(&other, &bob).await;
    for place in [&room, &secret] {
        bob.post(&other.message(&elsewhere, "/forwards"), json!({"to_room_id": place.0})).await.expect(201);
        alice.sends(place, "of alice").await;
        keeps(&alice, place, "P1D").await;
    }
    let hold = format!("/v1/audit/holds/{}", app.setup.context.new_id());
    let body = json!({"user_id": bob.id, "reason": "case 9"});
    ada.request("PUT", &hold).header("audit-reason", "case 9").json(&body).send().await.expect(201);
    carol.sends(&room, "of carol").await;
    bob.sends(&room, "of bob").await;
    later(&app, 25);
    let destroyed = "select count(*) from log.events where event_type = 'message_deleted' and $1 <> ''";
    ended(&app, &room, 1).await;
    comes_to(&app, destroyed, &room, 1).await;
    // Alice's words of this month have bob's forward among them.
    assert_eq!(alice.reads(&room).await, ["of alice, brought by bob", "of alice", "", "of bob"]);
    assert_eq!(bob.reads(&secret).await, ["of alice, brought by bob", ""]);
    held(&app, 3).await;
    ada.request("DELETE", &hold).header("audit-reason", "settled").send().await.expect(204);
    ended(&app, &room, 2).await;
    comes_to(&app, destroyed, &room, 2).await;
    assert_eq!(alice.reads(&room).await, ["", "", "", ""]);
    held(&app, 0).await;
    verified(&app.setup).await;
}

/// Waits until so many messages are measured to be held.
async fn held(app: &TestApp, messages: u32) {
    measured(app, &format!("hansard_held_messages {messages}\n")).await;
}

async fn measured(app: &TestApp, line: &str) {
    let deadline = Instant::now() + ENDS_WITHIN;
    while !app.metrics().await.contains(line) {
        assert!(Instant::now() < deadline, "not {line}");
        // Polls as whoever watches would.
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn how_many_messages_holds_keep_is_measured() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let secret = alice.confides_in(&bob).await;
    let other = alice.creates_room("other").await;
    for place in [&room, &room, &secret, &other] {
        alice.sends(place, "of alice").await;
    }
    bob.sends(&room, "of bob").await;
    for place in [&room, &secret] {
        keeps(&alice, place, "P1D").await;
    }
    let hold = format!("/v1/audit/holds/{}", app.setup.context.new_id());
    let body = json!({"user_id": alice.id, "reason": "case 9"});
    ada.request("PUT", &hold).header("audit-reason", "case 9").json(&body).send().await.expect(201);
    held(&app, 0).await;
    later(&app, 2);
    held(&app, 1).await; // in the secret room, day by day
    later(&app, 23);
    ended(&app, &room, 1).await;
    assert_eq!(bob.reads(&room).await, ["of alice", "of alice", ""]);
    held(&app, 3).await;
    ada.request("DELETE", &hold).header("audit-reason", "settled").send().await.expect(204);
    held(&app, 0).await;
    ended(&app, &room, 2).await;
}

#[tokio::test]
async fn files_that_came_with_what_ends_go_with_it() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let other = alice.creates_room("other").await;
    let his = bob.creates_room("his").await;
    bob.adds(&his, &alice).await;
    let (alone, shared) = (alice.uploads("a.txt", "one").await, alice.uploads("b.txt", "two").await);
    let picture = alice.uploads("me.png", "me").await;
    alice.patch("/v1/users/me", json!({"avatar_file_id": picture})).await.expect(200);
    let sent = alice.sends_files(&room, "with files", &[alone, shared, picture]).await;
    alice.sends_files(&other, "again", &[shared]).await;
    let copy = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
    let copied = bob.get(copy.header("location").unwrap()).await.expect(200).body["data"]["files"][1].clone();
    let copied: Uuid = copied["id"].as_str().unwrap().parse().unwrap();
    bob.sends_files(&his, "and again", &[copied]).await;
    keeps(&alice, &room, "P1D").await;
    bob.get(&format!("/v1/files/{alone}")).await.expect(200);
    later(&app, 25);
    ended(&app, &room, 1).await;
    purged(&app, &room).await;
    for file in [alone, shared] {
        bob.get(&format!("/v1/files/{file}")).await.expect_problem(404, "not-found");
    }
    alice.get(&format!("/v1/files/{alone}")).await.expect_problem(404, "not-found");
    alice.get(&format!("/v1/files/{shared}/content")).await.expect(200);
    bob.get(&format!("/v1/files/{picture}/content")).await.expect(200);
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["avatar_file_id"], json!(picture));
    let shown = alice.get(&format!("/v1/files/{copied}")).await.expect(200).body;
    assert_eq!(shown["filename_visible"], json!("b.txt"));
    let left: i64 =
        sqlx::query_scalar("select count(*) from read.file where not deleted and forwarded_from is not null")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!(left, 1, "what {} had brought, but for the one that was sent on", copy.id());
    verified(&app.setup).await;
}

#[tokio::test]
async fn in_secret_rooms_each_message_has_its_day() {
    let app = app().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let file = alice.whispers(&room, "s.txt", "secret").await.expect(201).id();
    alice.sends_files(&room, "first", &[file]).await;
    keeps(&bob, &room, "P2D").await;
    later(&app, 1);
    bob.sends(&room, "second").await;
    later(&app, 1);
    alice.sends(&room, "third").await;
    app.setup.context.advance(time::Duration::SECOND);
    let gone = "select count(*) from read.message where room_id = $1::uuid and status = 'deleted'";
    comes_to(&app, gone, &room, 1).await;
    assert_eq!(bob.reads(&room).await, ["", "second", "third"]);
    alice.get(&format!("/v1/files/{file}")).await.expect_problem(404, "not-found");
    let key = "select count(*) from keys.key where name like 'message/%' and wrapped is null and labels[3] = $1";
    comes_to(&app, key, &room, 1).await;
    verified(&app.setup).await;
}
