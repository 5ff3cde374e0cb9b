//! A receipt is not final before every copy is gone: that of a verification, and that of read models that are being
//! filled.

use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use tokio::time::{Instant, sleep};

use super::{PURGES_WITHIN, erases, finished, texts};
use crate::harness::{Answer, Person, Room, TestApp};

/// What a verification holds for as long as it has a copy.
const SCRATCH_LOCK: i64 = 0x4841_4e53_4152_4402;

/// What is to be erased, and another with a secret room, so that an erasure of theirs comes after it.
struct Story {
    app: TestApp,
    alice: Person,
    bob: Person,
    secret: Room,
}

impl Story {
    async fn begins() -> Self {
        let app = TestApp::without_nats().await;
        let (alice, room) = app.member_of_a_room("alice").await;
        let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
        alice.adds(&room, &bob).await;
        alice.sends(&room, "of alice").await;
        bob.sends(&room, "of bob").await;
        let secret = alice.confides_in(&carol).await;
        app.settled().await;
        Self { app, alice, bob, secret }
    }

    /// Erases bob: his receipt is still provisional when the read models that serve hold nothing of him, and whoever
    /// finishes erasures has looked at it since.
    async fn erases_bob(&self) -> Answer {
        let receipt = erases(&self.bob).await.expect(200);
        self.comes_true("select not exists (select from read_v1.message where text = $1)", "of bob").await;
        assert_eq!(texts(&self.app.pool, "read_v1").await, ["of alice"]);
        // What is erased later, and leaves nothing to be purged, is finished after what is due before.
        let whisper = self.alice.sends(&self.secret, "psst").await;
        let later = self.alice.delete(&self.secret.message(&whisper, "")).await.expect(200);
        finished(&self.alice, &later).await;
        let shown = self.app.get(receipt.body["address"].as_str().unwrap()).await.expect(200).body;
        assert_eq!((&shown["status"], &shown["finished"]), (&Value::from("provisional"), &Value::Null));
        receipt
    }

    /// Waits until something is true in the database of what is given.
    async fn comes_true(&self, sql: &str, of: &str) {
        let deadline = Instant::now() + PURGES_WITHIN;
        while !sqlx::query_scalar::<_, bool>(sql).bind(of).fetch_one(&self.app.pool).await.unwrap() {
            assert!(Instant::now() < deadline, "{sql}: {of}");
            // Polls what projectors do by themselves.
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connects(&self) -> PgConnection {
        PgConnection::connect(&self.app.setup.superuser_url).await.unwrap()
    }
}

/// Holds a generation where it is, as whoever fills it does for a batch.
async fn holds(connection: &mut PgConnection, generation: i32) -> Transaction<'_, Postgres> {
    let mut holding = connection.begin().await.unwrap();
    sqlx::query("select from projection.checkpoint where generation = $1 for update")
        .bind(generation)
        .execute(&mut *holding)
        .await
        .unwrap();
    holding
}

#[tokio::test]
async fn a_verification_that_began_before_an_erasure_holds_its_receipt_back() {
    let story = Story::begins().await;
    let mut verification = story.connects().await;
    sqlx::query("select pg_advisory_lock($1)").bind(SCRATCH_LOCK).execute(&mut verification).await.unwrap();
    let receipt = story.erases_bob().await;
    verification.close().await.unwrap();
    finished(&story.alice, &receipt).await;
}

#[tokio::test]
async fn read_models_that_are_being_filled_hold_a_receipt_back() {
    let story = Story::begins().await;
    let setup = &story.app.setup;
    let (mut one, mut another) = (story.connects().await, story.connects().await);
    // A rebuild waits for the generation that serves in the end. There it is broken off: what it made stays, to be gone
    // on with.
    let serving = holds(&mut one, 1).await;
    let mut rebuild = setup.process(["projections", "rebuild"]).spawn().unwrap();
    let filled = "select exists (select from projection.checkpoint where generation = 2 and position::text = $1)";
    story.comes_true(filled, &story.app.head().await.to_string()).await;
    rebuild.kill().await.unwrap();
    let filling = holds(&mut another, 2).await;
    serving.rollback().await.unwrap();

    let receipt = story.erases_bob().await;
    assert_eq!(texts(&story.app.pool, "read_v2").await, ["of alice", "of bob"]);
    filling.rollback().await.unwrap();
    finished(&story.alice, &receipt).await;
    assert_eq!(texts(&story.app.pool, "read_v2").await, ["of alice"]);
    let state: String = sqlx::query_scalar("select state from projection.generation where generation = 2")
        .fetch_one(&story.app.pool)
        .await
        .unwrap();
    assert_eq!(state, "filling");
}
