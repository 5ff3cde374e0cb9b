//! What is unread is counted right, whatever is said, deleted, edited, read, joined, left and forwarded in whatever order:
//! compared, after each step, with a model that counts by looking at everything.

mod model;

use futures::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::harness::room::Sent;
use crate::harness::{Person, Room, TestApp};
use model::{Mentions, Model};

/// The owner, and two who come and go.
const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];

/// Something that somebody does. Who cannot do it by now does nothing; things are picked among those that are there.
#[derive(Clone, Debug)]
enum Step {
    Say { who: usize, mentions: Mentions, times: usize },
    Reword { which: prop::sample::Index, mentions: Mentions },
    Delete { which: prop::sample::Index, times: usize },
    Forward { who: usize, which: prop::sample::Index },
    Read { who: usize, which: prop::sample::Index },
    ComeOrGo { who: usize },
    Pin { which: prop::sample::Index },
}

fn step() -> impl Strategy<Value = Step> {
    let (who, which) = (0..PEOPLE.len(), any::<prop::sample::Index>());
    let times = prop_oneof![6 => 1..4_usize, 2 => 30..90_usize];
    let mentions = prop_oneof![
        4 => Just(Mentions::Nobody),
        4 => who.clone().prop_map(Mentions::One),
        2 => Just(Mentions::Everybody),
    ];
    prop_oneof![
        8 => (who.clone(), mentions.clone(), times.clone())
            .prop_map(|(who, mentions, times)| Step::Say { who, mentions, times }),
        4 => (which.clone(), mentions).prop_map(|(which, mentions)| Step::Reword { which, mentions }),
        6 => (which.clone(), times).prop_map(|(which, times)| Step::Delete { which, times }),
        2 => (who.clone(), which.clone()).prop_map(|(who, which)| Step::Forward { who, which }),
        4 => (who.clone(), which.clone()).prop_map(|(who, which)| Step::Read { who, which }),
        2 => (1..PEOPLE.len()).prop_map(|who| Step::ComeOrGo { who }),
        1 => which.prop_map(|which| Step::Pin { which }),
    ]
}

/// People, their room, and what the model knows of it.
struct World {
    app: TestApp,
    people: Vec<Person>,
    room: Room,
    model: Model,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::without_nats().await;
        let mut people = vec![];
        for name in PEOPLE {
            people.push(app.registers(name).await);
        }
        let room = people[0].creates_public_room("square").await;
        people[0].allows(&room, &["view_history", "send_messages", "mention_all"]).await;
        let mut world = Self { app, people, room, model: Model::new(PEOPLE.len()) };
        for who in 0..PEOPLE.len() {
            let joined = world.people[who].put(&room.path("/members/me"), json!({})).await.position().unwrap();
            world.model.comes(who, joined);
        }
        world.app.settled().await;
        world
    }

    async fn does(&mut self, step: &Step) {
        let room = self.room;
        match step {
            Step::Say { who, mentions, times } if self.model.is_there(*who) => {
                let text = format!("{} indeed", mentions.text());
                let sent = sends(&self.people[*who], &room, &text, *times).await;
                self.model.says(*who, *mentions, sent);
            }
            Step::Reword { which, mentions } => {
                let Some(said) = self.model.pick(*which, |said| !said.deleted && !said.forwarded) else { return };
                if self.model.is_there(said.who) {
                    let text = format!("{}, again", mentions.text());
                    let path = room.message(&said.sent, "");
                    self.people[said.who].patch(&path, json!({"text": text})).await.expect(200);
                    self.model.rewords(said.sent, *mentions);
                }
            }
            Step::Delete { which, times } => {
                for _ in 0..*times {
                    let Some(said) = self.model.pick(*which, |said| !said.deleted) else { return };
                    self.people[0].delete(&room.message(&said.sent, "")).await.expect(204);
                    self.model.deletes(said.sent);
                }
            }
            Step::Forward { who, which } if self.model.is_there(*who) => {
                let Some(said) = self.model.pick(*which, |said| !said.deleted) else { return };
                let path = room.message(&said.sent, "/forwards");
                let answer = self.people[*who].post(&path, json!({"to_room_id": room.0})).await.expect(201);
                let sent = Sent { id: answer.id(), position: answer.position().unwrap() };
                self.model.forwards(*who, sent);
            }
            Step::Read { who, which } if self.model.is_there(*who) => {
                let Some(said) = self.model.pick(*which, |_| true) else { return };
                let position = json!({"position": said.sent.position});
                self.people[*who].put(&room.path("/read"), position).await.expect(204);
                self.model.reads(*who, said.sent.position);
            }
            Step::ComeOrGo { who } if self.model.is_there(*who) => {
                self.people[*who].leaves(&room).await;
                self.model.goes(*who);
            }
            Step::ComeOrGo { who } => {
                let joined = self.people[*who].put(&room.path("/members/me"), json!({})).await.expect(201);
                self.model.comes(*who, joined.position().unwrap());
            }
            Step::Pin { which } => {
                let Some(said) = self.model.pick(*which, |said| !said.deleted) else { return };
                self.people[0].put(&room.message(&said.sent, "/pin"), json!({})).await.expect(204);
            }
            Step::Say { .. } | Step::Forward { .. } | Step::Read { .. } => {}
        }
    }

    /// What queries tell whoever is there is what the model counts.
    async fn is_as_modelled(&self, step: &Step) {
        self.app.settled().await;
        for who in (0..PEOPLE.len()).filter(|who| self.model.is_there(*who)) {
            let my = self.people[who].get(&self.room.path("")).await.expect(200).body["my"].clone();
            let told = (my["unread_count"].as_i64().unwrap(), my["mention_count"].as_i64().unwrap());
            assert_eq!(told, self.model.counts(who), "{} after {step:?}", PEOPLE[who]);
        }
    }
}

/// Says the same so many times, in whatever order it arrives.
async fn sends(person: &Person, room: &Room, text: &str, times: usize) -> Vec<Sent> {
    let sent = futures::stream::iter(0..times).map(|_| async { Ok::<_, ()>(person.sends(room, text).await) });
    sent.buffer_unordered(8).try_collect().await.unwrap()
}

#[test]
fn unread_messages_and_mentions_are_counted_right_after_any_interleaving() {
    let config = Config { cases: 3, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let steps = prop::collection::vec(step(), 25..40);
    let run = TestRunner::new(config).run(&steps, |steps| {
        Runtime::new().unwrap().block_on(async {
            let mut world = World::new().await;
            for step in &steps {
                world.does(step).await;
                world.is_as_modelled(step).await;
            }
        });
        Ok(())
    });
    run.unwrap();
}

#[tokio::test]
async fn from_a_thousand_on_it_is_many() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    app.settled().await;
    let my = async || bob.get(&room.path("")).await.expect(200).body["my"].clone();
    let counts = |my: Value| (my["unread_count"].as_i64().unwrap(), my["mention_count"].as_i64().unwrap());
    let mut sent = vec![];
    for _ in 0..5 {
        sent.extend(sends(&alice, &room, "@bob and on", 198).await);
        app.settled().await; // so that read models have a share of a busy machine
    }
    sends(&bob, &room, "mine do not count", 300).await;
    sent.extend(sends(&alice, &room, "@all and on", 9).await);
    app.settled().await;
    assert_eq!(counts(my().await), (999, 999));
    sends(&alice, &room, "@bob: more", 1).await;
    app.settled().await;
    assert_eq!(counts(my().await), (1000, 1000));
    sends(&alice, &room, "more", 3).await;
    app.settled().await;
    assert_eq!(counts(my().await), (1000, 1000), "exact up to 999");
    for sent in &sent[980..] {
        alice.delete(&room.message(sent, "")).await.expect(204);
    }
    app.settled().await;
    assert_eq!(counts(my().await), (984, 981));
    assert_eq!(counts(bob.get("/v1/rooms").await.expect(200).items()[0]["my"].clone()), (984, 981));
}
