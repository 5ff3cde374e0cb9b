//! A projector that is frozen, and a database that vanishes: neither is told to anybody.

use std::sync::Arc;
use std::time::Duration;

use projector::Projector;
use sqlx::postgres::PgPoolOptions;
use tokio_util::task::TaskTracker;

use crate::facts::*;
use crate::network::{Network, passes};
use crate::projecting::{Tail, World, brisk, reached, run};

/// Another projector of the same read models, and the only way from it to them.
async fn far_away(world: &World) -> (Projector, Arc<Network>) {
    let network = Network::to((*world.database.owner.connect_options()).clone(), &TaskTracker::new()).await;
    let options = network.options().options([("role", "hansard_projector")]);
    let pool = PgPoolOptions::new().max_connections(12).acquire_timeout(Duration::from_secs(1));
    let pool = pool.connect_lazy_with(options);
    (Projector::new(pool, world.log.reader(), world.log.keyring(), brisk()), network)
}

/// Waits until somebody waits for a table of the first generation.
async fn waited_for(world: &World, table: &str) {
    let waits =
        format!("select exists (select from pg_locks where not granted and relation = 'read_v1.{table}'::regclass)");
    let waits = async {
        while !sqlx::query_scalar::<_, bool>(&waits).fetch_one(&world.database.owner).await.unwrap() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.expect("a batch gets there");
}

#[tokio::test]
async fn a_projector_that_is_frozen_in_a_batch_stops_no_other() {
    let mut world = World::new().await;
    let (frozen, network) = far_away(&world).await;
    world.log.append([registered(1, "alice")]).await;
    let one = run(&frozen, Tail(world.log.reader()));
    reached(&frozen, 1).await;
    let mut holding = event_store::begin(&world.database.owner, "begin").await.unwrap();
    sqlx::query("lock table read_v1.account in exclusive mode").execute(&mut *holding).await.unwrap();
    world.log.append([registered(2, "bob")]).await;
    waited_for(&world, "account").await;
    // It holds the checkpoint, and never hears that its rows are written.
    network.stop();
    holding.rollback().await.unwrap();
    let other = world.run();
    reached(&world.projector, 2).await;
    other.stop().await;
    one.stop().await;
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn a_database_that_vanishes_without_a_word_is_connected_to_anew() {
    let mut world = World::new().await;
    let (projector, network) = far_away(&world).await;
    world.log.append([registered(1, "alice")]).await;
    let running = run(&projector, Tail(world.log.reader()));
    reached(&projector, 1).await;
    network.stop();
    world.log.append([registered(2, "bob")]).await;
    passes(Duration::from_secs(80)).await;
    reached(&projector, 2).await;
    running.stop().await;
    world.database.drop().await;
}
