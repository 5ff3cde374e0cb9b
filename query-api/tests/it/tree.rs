//! What is told of the record's tree: of what is sealed, and of nothing else.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use crate::world::World;

impl World {
    /// Seals all that the log holds, as a sealer would, but with hashes that prove nothing; where the log ends.
    async fn seals(&self) -> i64 {
        let size = self.head().await;
        let hashes = vec![7_u8; 32 * usize::try_from(size).unwrap()];
        sqlx::query(
            "with tile as (insert into record.tile (level, index, hashes) values (0, 0, $2) \
                 on conflict (level, index) do update set hashes = excluded.hashes) \
             insert into record.checkpoint (origin, size, note, signed_at) \
                 select origin, $1, 'a note', now() from log.head",
        )
        .bind(size)
        .bind(hashes)
        .execute(&self.pool)
        .await
        .unwrap();
        size
    }
}

/// What is told of a record that covers so many events; more may be asked for behind it.
fn told_of(size: i64) -> [String; 4] {
    [
        "/v1/audit/checkpoint?".to_owned(),
        format!("/v1/audit/tile/0/000.p/{size}?"),
        format!("/v1/audit/proofs/inclusion?position={size}&size={size}&"),
        format!("/v1/audit/proofs/consistency?from=1&to={size}&"),
    ]
}

#[tokio::test]
async fn what_is_told_of_the_record_has_seen_what_is_sealed_and_waits_for_that() {
    let world = World::new().await;
    let ada = world.auditor("ada").await;
    let sealed = world.seals().await;
    world.private_room(&ada).await;
    let head = world.catch_up().await;
    assert!(head > sealed);
    for path in told_of(sealed) {
        assert_eq!(world.get(&ada, &path).await.expect(200).position(), sealed, "{path}");
        let beyond = (head + 1).to_string();
        let asked = world.get_with(&ada, &path, &[("min-event-position", &beyond)]).await;
        asked.expect_problem(409, "position-unknown");
    }

    let paths = told_of(head).map(|path| format!("{path}min_position={head}"));
    for answer in join_all(paths.iter().map(|path| world.get(&ada, path))).await {
        answer.expect_problem(503, "read-model-behind");
    }
    let seals = async {
        // Plays a sealer that takes its time.
        sleep(Duration::from_millis(200)).await;
        world.seals().await
    };
    let (answers, sealed) = tokio::join!(join_all(paths.iter().map(|path| world.get(&ada, path))), seals);
    assert_eq!(sealed, head);
    for (path, answer) in paths.iter().zip(answers) {
        assert_eq!(answer.expect(200).position(), head, "{path}");
    }
    world.end().await;
}

#[tokio::test]
async fn nothing_is_proved_of_a_record_that_there_is_not() {
    let world = World::new().await;
    let ada = world.auditor("ada").await;
    let size = world.seals().await;
    for beyond in [size + 1, 6900, i64::MAX] {
        for query in [
            format!("inclusion?position=1&size={beyond}"),
            format!("inclusion?position={beyond}&size={beyond}"),
            format!("consistency?from=1&to={beyond}"),
            format!("consistency?from={size}&to={beyond}"),
            format!("consistency?from={beyond}&to={beyond}"),
        ] {
            world.get(&ada, &format!("/v1/audit/proofs/{query}")).await.expect_problem(404, "not-found");
        }
    }
    let same = world.get(&ada, &format!("/v1/audit/proofs/consistency?from={size}&to={size}")).await.expect(200);
    assert_eq!(same.body["hashes"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn numbers_that_no_record_has_are_mistakes_and_named() {
    let world = World::new().await;
    let (ada, bob) = (world.auditor("ada").await, world.person("bob").await);
    world.seals().await;
    for (query, name) in [
        ("inclusion?position=0&size=1", "position"),
        ("inclusion?position=1&size=0", "size"),
        ("inclusion?position=2&size=1", "position"),
        ("inclusion?position=-1&size=1", "position"),
        ("consistency?from=0&to=1", "from"),
        ("consistency?from=0&to=0", "to"),
        ("consistency?from=1&to=0", "to"),
        ("consistency?from=2&to=1", "from"),
        ("consistency?from=6901&to=6900", "from"),
    ] {
        let path = format!("/v1/audit/proofs/{query}");
        let refused = world.get(&ada, &path).await.expect_problem(400, "invalid-query");
        assert!(
            refused.body["detail"].as_str().unwrap().starts_with(&format!("{name}: ")),
            "{query}: {}",
            refused.text
        );
        world.get(&bob, &path).await.expect_problem(404, "not-found");
    }
    world.end().await;
}
