//! One relay leads; another takes over.

use std::time::Duration;

use nats::{Lease, Status};
use tokio::time::Instant;
use uuid::Uuid;

use crate::harness::{Log, Relayed, assert_holds, soon, world};

#[tokio::test]
async fn the_second_relay_stands_by_until_the_first_stops() {
    let (log, broker) = world().await;
    let mut first = Relayed::start(&log, &broker);
    first.reaches(0).await;
    let mut second = Relayed::start(&log, &broker);
    second.until("it stands by", |status| status == Status::Standby).await;
    log.append(10).await;
    let stream = first.reaches(10).await;
    first.stop().await;
    log.append(10).await;
    assert_eq!(second.reaches(20).await, stream);
    assert_holds(&broker, stream, &log).await;
    second.stop().await;
    log.close().await;
}

#[tokio::test]
async fn the_second_relay_takes_over_when_the_first_crashes() {
    let (log, broker) = world().await;
    let mut first = Relayed::start(&log, &broker);
    first.reaches(0).await;
    let mut second = Relayed::start(&log, &broker);
    second.until("it stands by", |status| status == Status::Standby).await;
    log.append(10).await;
    let stream = first.reaches(10).await;
    let crashed = Instant::now();
    first.crash().await;
    log.append(10).await;
    assert_eq!(second.reaches(20).await, stream);
    assert!(crashed.elapsed() < Duration::from_secs(6), "took {:?}", crashed.elapsed());
    assert_holds(&broker, stream, &log).await;
    second.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_lease_is_lost_when_another_has_it() {
    let log = Log::new().await;
    let (ours, theirs) = (lease(&log, 1), lease(&log, 2));
    ours.acquire().await.unwrap();
    ours.acquire().await.expect("it is ours already");
    let keeping = ours.keep();
    log.execute("update relay.lease set expires_at = clock_timestamp() - interval '1 minute'").await;
    soon("it is free", theirs.acquire()).await.unwrap();
    soon("the loss is noticed", keeping).await.unwrap_err();
    ours.release().await.expect("letting go of what is another's does nothing");
    let held: Uuid = sqlx::query_scalar("select holder from relay.lease where expires_at > clock_timestamp()")
        .fetch_one(&log.pool)
        .await
        .unwrap();
    assert_eq!(held, Uuid::from_u128(2));
    log.close().await;
}

#[tokio::test]
async fn a_lease_of_before_the_clock_was_set_back_is_free() {
    let log = Log::new().await;
    let (gone, ours) = (lease(&log, 1), lease(&log, 2));
    gone.acquire().await.unwrap();
    log.execute("update relay.lease set expires_at = clock_timestamp() + interval '1 hour'").await;
    soon("it is free", ours.acquire()).await.unwrap();
    let lasts: bool =
        sqlx::query_scalar("select expires_at > clock_timestamp() + interval '1 minute' from relay.lease")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    assert!(!lasts);
    log.close().await;
}

#[tokio::test]
async fn a_lease_survives_a_restart_of_postgresql() {
    let log = Log::new().await;
    let ours = lease(&log, 1);
    ours.acquire().await.unwrap();
    let first: time::OffsetDateTime = expiry(&log).await;
    log.disconnect().await;
    tokio::select! {
        lost = ours.keep() => panic!("{lost:?}"),
        () = soon("it is renewed", async { while expiry(&log).await <= first { tokio::task::yield_now().await } }) => {}
    }
    log.close().await;
}

async fn expiry(log: &Log) -> time::OffsetDateTime {
    loop {
        // The connections of the pool were ended too.
        if let Ok(at) = sqlx::query_scalar("select expires_at from relay.lease").fetch_one(&log.pool).await {
            return at;
        }
    }
}

fn lease(log: &Log, holder: u128) -> Lease {
    Lease::new(log.pool.clone(), "relay", Uuid::from_u128(holder))
}
