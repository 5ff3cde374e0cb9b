//! Events that cannot be projected: their streams stop, others go on.

use projector::Parked;
use serde_json::json;

use crate::facts::*;
use crate::projecting::World;

async fn parked(world: &World) -> Vec<Parked> {
    world.projector.status().await.unwrap().parked
}

async fn texts(world: &World) -> Vec<(String, i64)> {
    sqlx::query_as("select text, ordinal from read.message order by position")
        .fetch_all(&world.database.owner)
        .await
        .unwrap()
}

fn told(text: &str, ordinal: i64) -> (String, i64) {
    (text.to_owned(), ordinal)
}

#[tokio::test]
async fn a_stream_stops_at_an_event_that_nobody_can_read_and_others_go_on() {
    let mut world = World::new().await;
    world.log.append([sent(1, 1, 1, "one"), sent(2, 1, 1, "two"), garbled(1), edited(1, 1, 1, "ONE")]).await;
    world.settle().await;
    world.log.append([edited(1, 1, 1, "One"), edited(2, 1, 1, "Two"), sent(3, 1, 1, "three")]).await;
    world.settle().await;
    assert_eq!(texts(&world).await, [told("one", 1), told("Two", 2), told("three", 3)]);
    let parked = parked(&world).await;
    assert_eq!(
        parked,
        [Parked {
            aggregate_type: "message".to_owned(),
            aggregate_id: message_id(1).to_string(),
            sequence: 2,
            position: 3,
            event_type: "message_garbled".to_owned(),
            reason: "its payload has no shape that is known".to_owned(),
            skipped: 2,
        }]
    );
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn an_event_whose_rows_the_database_refuses_is_found_in_its_batch() {
    let mut world = World::new().await;
    let ordinary = |range: std::ops::Range<u32>| range.map(|message| sent(message, 1, 1, "fine")).collect::<Vec<_>>();
    world.log.append(ordinary(0..100)).await;
    world.log.append([sent(900, 1, 1, "U+0000 \u{0} is no text"), edited(900, 1, 1, "too late")]).await;
    world.log.append(ordinary(100..230)).await;
    world.settle().await;
    let texts = texts(&world).await;
    assert_eq!(texts.len(), 230);
    assert_eq!(texts.last().unwrap(), &told("fine", 230), "what is parked is not counted");
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].reason, "the database refuses its rows with 22021");
    assert_eq!((parked[0].position, parked[0].skipped), (101, 1));
    let places = "select (select count(*) from read.indexed_event) + (select count(*) from read.message where told)";
    let indexed: i64 = sqlx::query_scalar(places).fetch_one(&world.database.owner).await.unwrap();
    assert_eq!(indexed, 232, "auditors find it all the same");
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn what_changes_something_never_made_or_of_no_known_kind_is_parked() {
    let mut world = World::new().await;
    let mut foreign = settings_updated(1, json!({}));
    foreign.aggregate_type = "telepathy";
    let mut nameless = registered(1, "alice");
    nameless.aggregate_id = "alice".to_owned();
    world
        .log
        .append([edited(1, 1, 1, "of what?"), foreign, nameless, session_ended(1), room_renamed(1, "which?")])
        .await;
    world.settle().await;
    let reasons: Vec<_> = parked(&world).await.into_iter().map(|parked| (parked.position, parked.reason)).collect();
    let unmade = "what it changes was never made".to_owned();
    let unknown = "its stream is of no kind, or has an id, that is known".to_owned();
    assert_eq!(reasons, [(1, unmade.clone()), (2, unknown.clone()), (3, unknown), (4, unmade.clone()), (5, unmade)]);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn a_rebuild_tries_parked_streams_again() {
    let mut world = World::new().await;
    world.log.append([sent(1, 1, 1, "one"), garbled(1), edited(1, 1, 1, "ONE")]).await;
    world.settle().await;
    // As if a newer program could read it.
    world.log.tamper(2, &edited(1, 1, 1, "One").payload).await;
    let report = world.verify().await;
    assert_eq!(report.difference.unwrap().table, "message", "what is parked is known to be missing");
    world.projector.rebuild(&mut |_| {}).await.unwrap();
    assert_eq!(texts(&world).await, [told("ONE", 1)]);
    assert_eq!(parked(&world).await, []);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
