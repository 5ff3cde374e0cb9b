//! Members by their names, however many have a name and however many are in the room.

use std::collections::BTreeMap;

use api_kit::names::Names;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::plans::counted;
use crate::world::World;

const TABLES: &str = "'account', 'membership'";

/// Look-ups of a kind: often enough that plans are kept for whatever the parameters are.
const ROUNDS: i64 = 7;

/// Makes accounts whose ids begin so: `00` are older than whoever registers, `ff` younger.
async fn namesakes(filling: &mut PgConnection, name: &str, begin: &str, count: i32) {
    sqlx::query(
        "insert into read.account (id, email_verified, display_name, folded, password_set, generation, roles, suspended, \
             created_at, erased, version) \
         select overlay(gen_random_uuid()::text placing $2 from 1 for 2)::uuid, false, $1, lower($1), false, 0, '{}', false, \
             now(), false, 1 from generate_series(1, $3)",
    )
    .bind(name)
    .bind(begin)
    .bind(count)
    .execute(filling)
    .await
    .unwrap();
}

/// Brings all of a name into a room.
async fn come(filling: &mut PgConnection, room: Uuid, name: &str) {
    sqlx::query(
        "insert into read.membership (room_id, user_id, present, roles, joined_at, joined_position, version) \
         select $1, id, true, '{}', now(), 1000 + row_number() over (), 1 from read.account where display_name = $2",
    )
    .bind(room)
    .bind(name)
    .execute(filling)
    .await
    .unwrap();
}

async fn found(world: &World, room: Uuid, names: &[&str]) -> BTreeMap<String, Uuid> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    world.member_names().await.members(room, names).await.unwrap()
}

#[tokio::test]
async fn of_those_of_a_name_the_oldest_who_is_there_is_found_however_many_are_not() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let mut filling = world.pool.acquire().await.unwrap();
    namesakes(&mut filling, "bob", "00", 200).await;
    let (bob, younger) = (world.person("Bob").await, world.person("bob").await);
    namesakes(&mut filling, "bob", "ff", 200).await;
    assert_eq!(found(&world, room, &["bob"]).await, BTreeMap::new());

    world.joins(room, &younger).await;
    world.joins(room, &bob).await;
    let all = [("BOB".to_owned(), bob.id), ("Alice".to_owned(), alice.id), ("bob".to_owned(), bob.id)];
    assert_eq!(found(&world, room, &["BOB", "Alice", "bob", "carol", "alice b"]).await, BTreeMap::from(all));

    world.leaves(room, &bob).await;
    assert_eq!(found(&world, room, &["bob"]).await, BTreeMap::from([("bob".to_owned(), younger.id)]));
    sqlx::query(
        "update keys.key set wrapped = null, master_version = null, destroyed_at = now() where name = 'user/' || $1",
    )
    .bind(younger.id.to_string())
    .execute(&world.pool)
    .await
    .unwrap();
    assert_eq!(found(&world, room, &["bob"]).await, BTreeMap::new(), "who is erased has no name");
    world.end().await;
}

#[tokio::test]
async fn a_name_of_many_among_few_and_a_rare_one_among_many_cost_some_probes() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let (few, many) = (world.private_room(&alice).await, world.private_room(&alice).await);
    let mut filling = world.pool.acquire().await.unwrap();
    for begin in ["00", "55", "aa", "ff"] {
        namesakes(&mut filling, "x", begin, 5000).await;
        namesakes(&mut filling, "y", begin, 5000).await;
    }
    let bob = world.person("bob").await;
    world.joins(few, &bob).await;
    world.joins(many, &bob).await;
    come(&mut filling, many, "y").await;
    sqlx::raw_sql("analyze").execute(&mut *filling).await.unwrap();
    // What was read for that is told now, not some time later.
    sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut *filling).await.unwrap();

    let names = world.member_names().await;
    for (room, asked) in [(few, ["x", "y", "bob"]), (many, ["bob", "alice", "nobody"])] {
        let (scans, probes) = (counted(&world, "seq_scan", TABLES).await, counted(&world, "idx_scan", TABLES).await);
        for _ in 0..ROUNDS {
            let found = names.members(room, asked.map(str::to_owned).into()).await.unwrap();
            assert_eq!(found.get("bob"), Some(&bob.id));
        }
        let after = counted(&world, "idx_scan", TABLES).await;
        let touched: i64 = after.values().sum::<i64>() - probes.values().sum::<i64>();
        assert!((ROUNDS..ROUNDS * 24).contains(&touched), "{touched} probes for {ROUNDS} look-ups of {asked:?}");
        assert_eq!(counted(&world, "seq_scan", TABLES).await, scans);
    }
    world.end().await;
}
