//! Whoever looks back to when it was there finds nothing of what a room keeps no longer: today's keys open the past.

use serde_json::json;

use super::{app, auditor, ended, keeps, later, purged, reads};
use crate::canary::dump;
use crate::harness::{Spawned, TestDatabase};

/// What ends.
const SAID: &str = "canary-expired-77d1";

#[tokio::test]
async fn what_a_room_keeps_no_longer_is_in_no_past_of_it() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let old = alice.sends(&room, SAID).await;
    alice.patch(&room.message(&old, ""), json!({"text": format!("{SAID}, reworded")})).await.expect(200);
    let file = alice.uploads(&format!("{SAID}.txt"), "of January").await;
    alice.sends_files(&room, SAID, &[file]).await;
    keeps(&alice, &room, "P30D").await;
    later(&app, 25);
    bob.sends(&room, "newer of bob").await;
    let then = app.head().await;
    let messages = format!("/v1/audit/rooms/{}/messages?as_of={then}", room.0);
    assert!(reads(&ada, &messages).await.expect(200).text.contains(SAID));

    later(&app, 27);
    ended(&app, &room, 1).await;
    purged(&app, &room).await;
    let told = reads(&ada, &messages).await.expect(200).text;
    assert!(!told.contains(SAID) && told.contains("newer of bob"), "{told}");

    let until = then.to_string();
    let replay = ["replay", "--until", &until, "--schema", "past_case", "--reason", "case 9"];
    let replayed = app.setup.command(replay).await;
    assert!(replayed.status.success(), "{replayed:?}");
    let made: Vec<Option<String>> =
        sqlx::query_scalar("select text from past_case.message order by position").fetch_all(&app.pool).await.unwrap();
    let made: Vec<_> = made.iter().flatten().collect();
    assert_eq!(made, ["newer of bob"]);

    let database = TestDatabase::copied().await;
    let flags = [format!("--as-of={then}"), format!("--past-database-url={}", database.url)];
    let served = Spawned::serve(&app.setup, &[&*flags[0], &*flags[1], "--read-only", "--reason=case 9"]).await;
    for path in [room.path("/messages"), room.message(&old, "/versions"), format!("/v1/files/{file}")] {
        let asked = ada.at(&served.url).request("GET", &path).header("view-as", bob.id.to_string());
        let asked = asked.header("audit-reason", "case 9").header("min-event-position", &*until);
        let shown = asked.patiently().await;
        assert!(shown.status < 500 && !shown.text.contains(SAID), "{path}: {}", shown.text);
        assert_eq!(shown.text.contains("newer of bob"), path == room.path("/messages"), "{path}: {}", shown.text);
    }
    for (what, url) in [("today", &app.setup.superuser_url), ("the past", &database.superuser_url)] {
        let dumped = dump(url).await;
        assert!(dumped.contains("newer of bob"), "{what} holds what is there");
        assert!(!dumped.contains(SAID) && !dumped.contains(&hex::encode(SAID)), "{what} holds what ended");
    }
}
