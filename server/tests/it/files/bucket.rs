//! The same with bytes in a bucket, and what becomes of it while that is away.

use super::collecting::{come_back_under_another_name, eagerly, go_with_the_last_record};
use super::content::come_whole_in_part_and_not_at_all;
use super::resumable::becomes_a_file;
use super::{count, file};
use crate::harness::{Setup, TestApp};

async fn app() -> TestApp {
    Setup::without_nats().await.in_a_bucket().start().await
}

#[tokio::test]
async fn bytes_in_a_bucket_come_whole_in_part_and_not_at_all() {
    come_whole_in_part_and_not_at_all(&app().await).await;
}

#[tokio::test]
async fn what_comes_in_parts_becomes_a_file_in_a_bucket() {
    becomes_a_file(&app().await).await;
}

#[tokio::test]
async fn bytes_in_a_bucket_go_with_the_last_record_that_refers_to_them() {
    go_with_the_last_record(&eagerly(Setup::without_nats().await.in_a_bucket()).await).await;
}

#[tokio::test]
async fn bytes_of_a_bucket_come_back_under_another_name() {
    come_back_under_another_name(&eagerly(Setup::without_nats().await.in_a_bucket()).await).await;
}

#[tokio::test]
async fn the_same_bytes_are_in_a_bucket_once_and_none_stay_on_the_way() {
    let app = app().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    // More than is put at once.
    let bytes = vec![7_u8; 9 * 1024 * 1024];
    for person in [&alice, &bob] {
        person.uploads("same", bytes.clone()).await;
    }
    assert_eq!(app.setup.blobs_kept().await, 1);
    assert_eq!(count(&app, "arriving"), 0);
    let part = alice.request("GET", &file(alice.uploads("again", bytes).await, "/content"));
    let part = part.header("range", "bytes=9437180-").send().await.expect(206);
    assert_eq!(part.text.as_bytes(), [7; 4]);
}

#[tokio::test]
async fn while_the_bucket_is_away_nothing_is_recorded_without_its_bytes() {
    let app = Setup::without_nats().await.in_a_bucket_at("http://127.0.0.1:1").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let away = alice.upload("a", "hello").await.expect_problem(503, "unavailable");
    assert!(away.header("retry-after").is_some());
    assert_eq!(count(&app, "arriving"), 0);
    alice.sends(&room, "words go on").await;
    let recorded = "select count(*) from log.events where event_type = 'file_uploaded'";
    assert_eq!(sqlx::query_scalar::<_, i64>(recorded).fetch_one(&app.pool).await.unwrap(), 0);
}
