//! What an answer must have seen, and what it says that it has.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use tokio::time::{Instant, sleep};

use crate::world::World;

#[tokio::test]
async fn an_answer_waits_for_the_minimum_position() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let behind = world.head().await;
    world.sends(room, &alice, "hello").await;
    let head = world.head().await;
    world.come_to(behind).await;
    assert_eq!(world.get(&alice, "/v1/users/me").await.expect(200).position(), behind);

    let path = format!("/v1/rooms/{room}/messages?min_position={head}");
    world.get(&alice, &path).await.expect_problem(503, "read-model-behind");
    let projected = async {
        // Plays a projector that takes its time.
        sleep(Duration::from_millis(200)).await;
        world.come_to(head).await;
    };
    let began = Instant::now();
    // Nobody listens for it here: it is found by looking.
    let (answer, ()) = tokio::join!(world.get(&alice, &path), projected);
    assert_eq!(answer.expect(200).position(), head);
    assert!(began.elapsed() < Duration::from_secs(1));
    world.end().await;
}

#[tokio::test]
async fn a_position_beyond_the_log_is_not_known() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let beyond = (world.head().await + 1).to_string();
    let answer = world.get_with(&alice, "/v1/users/me", &[("min-event-position", &beyond)]).await;
    answer.expect_problem(409, "position-unknown");
    world
        .get_with(&alice, "/v1/users/me", &[("min-event-position", "soon")])
        .await
        .expect_problem(400, "invalid-header");
    world.get(&alice, "/v1/users/me?position=1").await.expect_problem(400, "invalid-query");
    // Who is nobody learns nothing of positions.
    let request = Request::get("/v1/users/me").header("min-event-position", &beyond).body(Body::empty()).unwrap();
    world.send(request).await.expect_problem(401, "not-signed-in");
    world.end().await;
}

#[tokio::test]
async fn answers_of_one_process_never_fall_back_but_after_a_restore() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let seen = world.get(&alice, "/v1/users/me").await.expect(200).position();
    world.come_to(seen - 1).await;
    world.get(&alice, "/v1/users/me").await.expect_problem(503, "read-model-behind");
    sqlx::query("update log.head set position = $1").bind(seen - 1).execute(&world.pool).await.unwrap();
    assert_eq!(world.get(&alice, "/v1/users/me").await.expect(200).position(), seen - 1);
    world.end().await;
}

#[tokio::test]
async fn a_switch_of_generations_is_noticed_by_nobody() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    world.sends(room, &alice, "hello").await;
    let (head, path) = (world.head().await, format!("/v1/rooms/{room}/messages"));
    let switched = async {
        for _ in 0..200 {
            sqlx::query("select projection.serve(1)").execute(&world.pool).await.unwrap();
        }
    };
    let asked = async {
        for _ in 0..100 {
            let answers = tokio::join!(world.get(&alice, &path), world.get(&alice, "/v1/rooms"));
            for answer in [answers.0, answers.1] {
                assert_eq!(answer.expect(200).position(), head);
            }
        }
    };
    tokio::join!(switched, asked);
    world.end().await;
}
