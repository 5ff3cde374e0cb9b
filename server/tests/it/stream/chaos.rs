//! Streams that are cut at random while people go on and everything is killed: whoever follows has missed nothing, heard
//! nothing twice or out of order, and nothing of a room that they were not in.

mod follower;
mod load;
mod places;

use std::collections::HashMap;
use std::time::Duration;

use api_kit::Context;
use futures::future::join_all;
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::harness::{Broker, Cluster, Person, Room, Setup, Spawned, environment};
use follower::Follower;
use load::Load;
use places::Places;

/// Commands that must have been answered between two blows.
const BETWEEN: usize = 25;

/// How long the load may come to nothing: PostgreSQL recovers meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

/// Flags of the process that answers queries alone.
const ANSWERS: [&str; 1] = ["--roles=query-api"];

/// What there is to be killed.
struct Scene {
    cluster: Cluster,
    setup: Setup,
    /// The one plays every role.
    one: Spawned,
    other: Spawned,
    places: Places,
}

impl Scene {
    async fn new() -> Self {
        let cluster = Cluster::start().await;
        let setup = Setup::on_cluster(&cluster).await.with_broker(Broker::start().await);
        let one = setup.spawn().await;
        let other = setup.spawn_with(&ANSWERS).await;
        let places = Places::new(&one.url, &other.url);
        Self { cluster, setup, one, other, places }
    }

    /// Kills one after the other of what there is, and starts it again.
    async fn blow(&mut self, number: usize) {
        match number % 4 {
            0 => {
                self.one.kill().await;
                self.one = self.setup.spawn().await;
                self.places.move_to(0, &self.one.url);
            }
            1 => {
                self.other.kill().await;
                self.other = self.setup.spawn_with(&ANSWERS).await;
                self.places.move_to(1, &self.other.url);
            }
            2 => {
                self.cluster.kill().await;
                self.cluster.run().await;
            }
            _ => {
                self.setup.broker.as_mut().unwrap().kill().await;
                self.setup.broker.as_mut().unwrap().restart().await;
            }
        }
    }

    /// Rooms of `people`, each in two of them.
    async fn rooms(&self, people: &[Person], count: usize) -> Vec<Room> {
        let mut rooms = vec![];
        for (number, person) in people.iter().enumerate().take(count) {
            rooms.push(person.creates_public_room(&format!("room {number}")).await);
        }
        for (number, person) in people.iter().enumerate() {
            for room in [number % count, (number + 1) % count] {
                let joined = person.put(&rooms[room].path("/members/me"), json!({})).await;
                assert!(joined.status < 300, "{}", joined.text);
            }
        }
        rooms
    }

    /// Where the log ends, once nothing is appended any more.
    async fn head(&self) -> i64 {
        let pool = PgPool::connect(&self.cluster.url()).await.unwrap();
        sqlx::query_scalar("select position from log.head").fetch_one(&pool).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_cut_or_killed_streams_tell_everything_once_and_in_order() {
    let (clients, rooms, time) = environment::streams();
    let mut scene = Scene::new().await;
    let mut people = vec![];
    for number in 0..clients {
        people.push(scene.one.registers(&format!("person{number}")).await);
    }
    let rooms = scene.rooms(&people, rooms).await;
    let (over, places) = (watch::Sender::new(false), scene.places.clone());
    let dice = |seed| Context::fixed(Context::ambient().now(), seed);
    let mut followers: Vec<_> = (0..clients)
        .map(|number| Follower::new(&people[number], places.clone(), dice(u64::try_from(number).unwrap())))
        .collect();
    let load = Load { people: &people, rooms: &rooms, places: &places, answered: watch::Sender::new(0) };
    let follow = join_all(followers.iter_mut().map(|follower| follower.follows(over.subscribe())));
    let loads = load.goes_on(dice(1_000_000), over.subscribe());
    let blows = async {
        let (begun, mut number) = (Instant::now(), 0);
        while begun.elapsed() < time || number < 4 {
            let enough = *load.answered.borrow() + BETWEEN;
            let reached = load.answered.subscribe();
            let waiting = async move { _ = { reached }.wait_for(|now| *now >= enough).await };
            timeout(PATIENCE, waiting).await.expect("commands are answered again in time");
            scene.blow(number).await;
            number += 1;
        }
        over.send_replace(true);
        number
    };
    let (_, (), blows) = tokio::join!(follow, loads, blows);

    let head = scene.head().await;
    let stays = stays(&scene).await;
    let told: usize = join_all(followers.iter_mut().map(|follower| follower.ends(head, &stays))).await.iter().sum();
    let cuts: usize = followers.iter().map(|follower| follower.cuts).sum();
    assert!(told > clients * BETWEEN && cuts > clients, "{told} frames, {cuts} cuts");
    report(&[("clients", clients), ("blows", blows), ("cuts", cuts), ("frames", told)]);
}

/// From where to where in the log somebody was in a room, by room and user; who is in it yet, to the end.
async fn stays(scene: &Scene) -> HashMap<(Uuid, Uuid), Vec<(i64, i64)>> {
    let pool = PgPool::connect(&scene.cluster.url()).await.unwrap();
    let events: Vec<(i64, String, String)> = sqlx::query_as(
        "select position, event_type, aggregate_id from log.events where aggregate_type = 'membership' order by position",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut stays = HashMap::<_, Vec<(i64, i64)>>::new();
    for (position, kind, id) in events {
        let (room, user) = id.split_once(':').unwrap();
        let stays = stays.entry((room.parse().unwrap(), user.parse().unwrap())).or_default();
        match kind.as_str() {
            "membership_added" | "membership_joined" => stays.push((position, i64::MAX)),
            "membership_left" | "membership_removed" => stays.last_mut().unwrap().1 = position,
            _ => {}
        }
    }
    stays
}

#[expect(clippy::print_stdout, reason = "shown by the longer run")]
fn report(figures: &[(&str, usize)]) {
    for (name, count) in figures {
        println!("| {name} | {count} |");
    }
}
