//! Applying frames equals fetching again, whatever happens.

mod doing;
mod every;
mod following;

use std::collections::BTreeMap;

use api_kit::Context;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Setup, TestApp};
use doing::Doing;
use following::Following;

/// Rounds of a play, and what is done at once in each.
const ROUNDS: usize = 20;
const AT_ONCE: usize = 12;

#[tokio::test]
async fn applying_frames_equals_fetching_again() {
    play(Setup::new().await.start().await, 1).await;
}

#[tokio::test]
async fn applying_frames_equals_fetching_again_with_postgresql_alone() {
    play(TestApp::without_nats().await, 2).await;
}

async fn play(app: TestApp, seed: u64) {
    let mut people = vec![];
    for name in ["alice", "bob", "carol", "dora"] {
        people.push(app.registers(name).await);
    }
    let mut rooms = vec![people[0].creates_public_room("square").await, people[1].creates_room("parlour").await];
    people[1].adds(&rooms[1], &people[2]).await;
    rooms.push(people[2].confides_in(&people[3]).await);
    app.settled().await;
    let mut following = vec![];
    for person in &people {
        following.push(Following::begin(person).await);
    }
    let doing = Doing { people: &people, rooms: &rooms };
    let dice = Context::fixed(Context::ambient().now(), seed);
    for round in 0..ROUNDS {
        doing.gather().await;
        let deeds = (0..AT_ONCE).map(|_| doing.something(dice.random()));
        futures::future::join_all(deeds).await;
        let head = app.head().await;
        for (place, one) in following.iter_mut().enumerate() {
            if (round + place) % 5 == 0 {
                one.comes_back().await;
            }
            one.catches_up(head).await;
        }
    }
    let room = every::kind_is_told(&app, &people).await;
    catch_up(&app, &mut following).await;
    every::ends(&app, &people, &rooms, &room).await;
    app.settled().await;
    for one in &mut following {
        one.catches_up(app.head().await).await;
        let fetched = one.fetches_all().await;
        for (id, room) in &fetched.rooms {
            let told = one.state.rooms.get(id).unwrap_or_else(|| panic!("{id} is not known"));
            assert_eq!(json!(told.room), json!(room.room), "{id}");
            assert_eq!(told.members, room.members, "{id}");
            let shown = |room: &client::RoomState| -> Vec<_> {
                room.messages.values().map(|message| one.comparable(&message.shown)).collect()
            };
            for (told, fetched) in shown(told).iter().zip(shown(room)) {
                assert_eq!(*told, fetched, "of {}", one.person.email);
            }
            assert_eq!(shown(told).len(), shown(room).len(), "{id}");
            assert_eq!(lasting(&told.calls), lasting(&room.calls), "{id}");
            assert_eq!(told.invites, room.invites, "{id}, of {}", one.person.email);
        }
        assert_eq!(one.state.rooms.keys().collect::<Vec<_>>(), fetched.rooms.keys().collect::<Vec<_>>());
        assert_eq!(one.state.settings, fetched.settings);
        let (told, fetched) = (&one.state.own, &fetched.own);
        assert_eq!((&told.account, &told.sessions), (&fetched.account, &fetched.sessions));
        // A name of somebody whom one blocks and shares no room with is not told.
        assert_eq!(told.blocks.keys().collect::<Vec<_>>(), fetched.blocks.keys().collect::<Vec<_>>());
    }
    let mut told = BTreeMap::new();
    for (kind, count) in following.iter().flat_map(|one| &one.told) {
        *told.entry(kind.clone()).or_insert(0) += count;
    }
    let all: usize = told.values().sum();
    assert!(all > ROUNDS * AT_ONCE, "much was told: {all}");
    let lacking: Vec<_> = every::kinds().into_iter().filter(|kind| !told.contains_key(kind)).collect();
    assert!(lacking.is_empty(), "never told: {lacking:?}");
}

async fn catch_up(app: &TestApp, following: &mut [Following]) {
    for one in following {
        one.catches_up(app.head().await).await;
    }
}

/// Calls, but for how long they last: that grows until they end.
fn lasting(calls: &BTreeMap<Uuid, Value>) -> Vec<Value> {
    calls.values().cloned().map(super::calls::lasting).collect()
}
