//! Of holds and erasures of the same moment one is first, and the other sees it.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::time::{Duration, Instant, sleep};

use super::{auditor, held, lifts, new_id, places, refused};
use crate::erasures::{erases, finished};
use crate::harness::{Room, Setup, TestApp, TestDatabase};

#[tokio::test]
async fn of_a_hold_and_an_erasure_of_the_same_moment_one_is_first() {
    let app = Arc::new(TestApp::without_nats().await);
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let mut outcomes = vec![];
    for round in 0..12_usize {
        let messages = join_all((0..4).map(|_| alice.sends(&secret, "psst"))).await;
        let hold = new_id(&app);
        let body = json!({"room_id": secret.0, "reason": "preserve"});
        let paths: Vec<_> = messages.iter().map(|sent| secret.message(sent, "")).collect();
        // From round to round the hold comes among others of the erasures.
        let (before, after) = paths.split_at(round % 5);
        let delete = async |path: &String| alice.request("DELETE", path).send().await;
        let (erased, placed, erased_too) = tokio::join!(
            join_all(before.iter().map(delete)),
            places(&ada, hold, &body),
            join_all(after.iter().map(delete))
        );
        let placed = placed.expect(201).position().unwrap();
        for answer in erased.into_iter().chain(erased_too) {
            outcomes.push(answer.status);
            if answer.status == 200 {
                assert!(answer.position().unwrap() < placed, "erased after it was held: {}", answer.text);
            } else {
                answer.expect_problem(409, "legal-hold");
            }
        }
        lifts(&ada, hold).await.expect(204);
    }
    let destroyed = "select e.position from log.events e where e.event_type = 'message_deleted' and ( \
         select h.event_type from log.events h where h.aggregate_type = 'holds' and h.position < e.position \
         order by h.position desc limit 1) = 'hold_placed'";
    let held: Vec<i64> = sqlx::query_scalar(destroyed).fetch_all(&app.pool).await.unwrap();
    assert_eq!(held, Vec::<i64>::new(), "none stands while the hold does");
    assert_eq!(refused(&ada).await.len(), outcomes.iter().filter(|status| **status == 409).count());
    let texts = bob.reads(&Room(secret.0)).await;
    assert_eq!(
        texts.iter().filter(|text| *text == "psst").count(),
        outcomes.iter().filter(|status| **status == 409).count()
    );
}

/// Waits until so many appends wait for their turn.
async fn waiting(app: &TestApp, count: i64) {
    let waits = "select count(*) from pg_stat_activity \
         where datname = current_database() and wait_event_type = 'Lock' and query ilike 'call log.append%'";
    let deadline = Instant::now() + Duration::from_secs(10);
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&app.pool).await.unwrap() < count {
        assert!(Instant::now() < deadline, "not {count} appends wait");
        // Polls what PostgreSQL says of them.
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nobody_is_held_who_was_erased_in_the_same_moment() {
    let database = TestDatabase::copied().await;
    let (app, other) = (Setup::on(&database.url).start().await, Setup::on(&database.url).start().await);
    let ada = auditor(&app).await;
    let bob = app.registers("bob").await.at(&other.url);
    let mut lock = PgConnection::connect(&database.superuser_url).await.unwrap();
    sqlx::raw_sql("begin; select from log.head for update").execute(&mut lock).await.unwrap();
    let (hold, body) = (new_id(&app), json!({"user_id": bob.id, "reason": "preserve"}));
    let later = async {
        waiting(&app, 1).await;
        places(&ada, hold, &body).await
    };
    let release = async {
        waiting(&app, 2).await;
        lock.close().await.unwrap();
    };
    let (erased, placed, ()) = tokio::join!(erases(&bob), later, release);
    erased.expect(200);
    assert_eq!(placed.expect_problem(422, "invalid").body["errors"][0]["pointer"], "/user_id");
}

#[tokio::test]
async fn of_words_that_come_to_be_held_by_a_forward_and_their_erasure_one_is_first() {
    let database = TestDatabase::copied().await;
    // Two processes, each of which appends by itself.
    let (app, other) = (Setup::on(&database.url).start().await, Setup::on(&database.url).start().await);
    let superuser = database.superuser_url.clone();
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let fay = app.registers("fay").await;
    alice.adds(&room, &fay).await;
    let (kept, elsewhere) = (alice.creates_room("kept").await, fay.creates_room("elsewhere").await);
    held(&app, &ada, json!({"room_id": kept.0})).await;
    held(&app, &ada, json!({"user_id": fay.id})).await;
    // Into a room that is held, and by somebody who is.
    let (into, by) = ((&alice, &kept), (&fay, &elsewhere));
    for (name, erased_first, (forwarder, to)) in
        [("bob", false, into), ("carol", true, into), ("dan", false, by), ("eve", true, by)]
    {
        let author = app.registers(name).await;
        alice.adds(&room, &author).await;
        let said = author.sends(&room, &format!("of {name}")).await;
        app.settled().await;
        let forward = || async { forwarder.post(&room.message(&said, "/forwards"), json!({"to_room_id": to.0})).await };
        let elsewhere = author.at(&other.url);
        let erase = || erases(&elsewhere);

        // Both are decided while neither is appended; whichever comes to the lock first is first.
        let mut lock = PgConnection::connect(&superuser).await.unwrap();
        sqlx::raw_sql("begin; select from log.head for update").execute(&mut lock).await.unwrap();
        let release = async {
            waiting(&app, 2).await;
            lock.close().await.unwrap();
        };
        let (forwarded, erased) = if erased_first {
            let later = async {
                waiting(&app, 1).await;
                forward().await
            };
            let (erased, forwarded, ()) = tokio::join!(erase(), later, release);
            (forwarded, erased)
        } else {
            let later = async {
                waiting(&app, 1).await;
                erase().await
            };
            let (forwarded, erased, ()) = tokio::join!(forward(), later, release);
            (forwarded, erased)
        };
        if erased_first {
            let receipt = erased.expect(200);
            // Finishing it is an append as well, and is not to be taken for one of the next two.
            finished(&alice, &receipt).await;
            // Whether the message is read again before its key is missed, or after.
            assert!(matches!(forwarded.problem(), Some("message-deleted" | "not-found")), "{}", forwarded.text);
        } else {
            forwarded.expect(201);
            erased.expect_problem(409, "legal-hold");
            assert_eq!(forwarder.reads(to).await, [format!("of {name}")]);
        }
    }
}
