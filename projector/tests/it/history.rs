//! The log was restored from an older copy: read models that hold what never happened begin anew.

use projector::Projector;

use crate::database::Database;
use crate::facts::*;
use crate::log::Log;
use crate::projecting::{Tail, World, brisk, reached, run};

/// A log in a database of its own, restored from a copy that ended after `common` events and gone on with otherwise.
async fn restored(common: usize, since: Vec<Entry>) -> (Database, Log) {
    let database = Database::new().await;
    let mut log = Log::of_history(&database.owner, 0);
    log.append(a_bit_of_everything().into_iter().take(common)).await;
    log.part_into(1);
    log.append(since).await;
    log.set_epoch(2).await;
    (database, log)
}

/// A projector whose read models outlived the log that filled them.
fn projector(world: &World, log: &Log) -> Projector {
    Projector::new(world.database.projector.clone(), log.reader(), log.keyring(), brisk())
}

async fn world() -> World {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn read_models_ahead_of_the_log_begin_anew_and_what_was_lost_vanishes() {
    let world = world().await;
    world.projector.rebuild(&mut |_| {}).await.unwrap(); // generation 1 is kept, until it turns out to be of the past
    let (database, log) = restored(8, vec![sent(7, 1, 2, "of the new history")]).await;
    let projector = projector(&world, &log);
    let running = run(&projector, Tail(log.reader()));
    reached(&projector, 9).await;
    running.stop().await;
    let status = projector.status().await.unwrap();
    assert_eq!((status.generation, status.epoch, status.position), (3, 2, 9));
    assert_eq!(status.others, [], "no row of the lost history is left");
    let rows = world.rows().await;
    assert_eq!(rows["message"].len(), 3, "two messages, and a notice of who came");
    assert!(rows["message"].iter().any(|row| row.contains("of the new history")));
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    database.drop().await;
    world.database.drop().await;
}

#[tokio::test]
async fn the_same_place_in_another_history_is_found_out() {
    let world = world().await;
    // As long as before, and longer; the same kind of event at the same place.
    let since: Vec<_> = a_bit_of_everything().split_off(8).into_iter().chain([registered(5, "eve")]).collect();
    let end = i64::try_from(8 + since.len()).unwrap();
    let (database, log) = restored(8, since).await;
    let projector = projector(&world, &log);
    let running = run(&projector, Tail(log.reader()));
    reached(&projector, end).await;
    running.stop().await;
    assert_eq!(projector.status().await.unwrap().generation, 2);
    assert!(projector.verify(&mut |_| {}).await.unwrap().is_clean());
    database.drop().await;
    world.database.drop().await;
}

#[tokio::test]
async fn a_new_epoch_of_the_same_history_is_gone_on_with() {
    let mut world = world().await;
    let running = world.run();
    reached(&world.projector, world.log.position).await;
    world.log.set_epoch(2).await;
    world.log.append([registered(5, "eve")]).await;
    reached(&world.projector, world.log.position).await;
    running.stop().await;
    let status = world.projector.status().await.unwrap();
    assert_eq!((status.generation, status.epoch, status.position), (1, 2, world.log.position));
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn a_rebuild_begun_in_another_history_is_thrown_away() {
    let world = world().await;
    sqlx::raw_sql(
        "insert into projection.generation values (2, 'filling');
         select projection.create_schema('read_v2');
         insert into projection.version select 2, projection, version from projection.version;
         insert into projection.checkpoint select 2, epoch, position - 1, gen_random_uuid(), recorded_at from projection.checkpoint",
    )
    .execute(&world.database.owner)
    .await
    .unwrap();
    let rebuilt = world.projector.rebuild(&mut |_| {}).await.unwrap();
    assert_eq!(rebuilt.position, world.log.position);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
