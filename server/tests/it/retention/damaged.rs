//! What cannot be read of the log does not end, and holds up nothing else.

use sqlx::{Connection, Executor, PgConnection};

use super::{comes_to, ended, keeps, later, long_ago, measured};
use crate::harness::{Setup, TestDatabase};

#[tokio::test]
async fn what_cannot_be_read_holds_up_no_other_room_and_nothing_else_of_its_own() {
    let database = TestDatabase::copied().await;
    let app = long_ago(Setup::on(&database.url)).start().await;
    // The room is made first, and its message said first, so that they come first.
    let (alice, damaged) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    let (filed, room) = (alice.creates_room("filed").await, alice.creates_room("other").await);
    let (secret, other) = (alice.confides_in(&bob).await, alice.confides_in(&carol).await);
    let broken = alice.sends(&secret, "broken").await;
    let file = alice.uploads("a.txt", "a").await;
    for place in [&damaged, &filed, &room] {
        alice.adds(place, &bob).await;
        bob.sends(place, "of bob").await;
    }
    alice.sends_files(&filed, "of alice", &[file]).await;
    for place in [&damaged, &room, &secret, &other] {
        alice.sends(place, "of alice").await;
    }
    for place in [&damaged, &filed, &room, &secret, &other] {
        keeps(&alice, place, "P1D").await;
    }
    app.settled().await;
    app.stop().await.unwrap();
    // Nobody has them in memory any more.
    let mut superuser = PgConnection::connect(&database.superuser_url).await.unwrap();
    superuser.execute("set session_replication_role = replica").await.unwrap();
    for (kind, id) in [("room", damaged.0), ("message", broken.id), ("file", file)] {
        let damage =
            "update log.events set payload = '{}' where aggregate_type = $1 and aggregate_id = $2 and sequence = 1";
        let damaged = sqlx::query(damage).bind(kind).bind(id.to_string()).execute(&mut superuser).await.unwrap();
        assert_eq!(damaged.rows_affected(), 1, "{kind}");
    }

    let app = long_ago(Setup::on(&database.url)).start().await;
    let (alice, bob) = (alice.at(&app.url), bob.at(&app.url));
    later(&app, 25);
    for place in [&filed, &room] {
        ended(&app, place, 1).await;
    }
    let destroyed = "select count(*) from log.events where event_type = 'message_deleted' and $1 <> ''";
    comes_to(&app, destroyed, &other, 2).await;
    assert_eq!(bob.reads(&damaged).await, ["of bob", "of alice"]);
    assert_eq!(bob.reads(&filed).await, ["", "of alice"], "what her file came with stays with it");
    assert_eq!(bob.reads(&room).await, ["", ""]);
    assert_eq!(alice.reads(&other).await, [""]);
    measured(&app, "hansard_left_alone{by=\"retention\"} 3\n").await;
}
