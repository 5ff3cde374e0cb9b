//! Search against a plain scan of everything that was said.

use std::cell::Cell;
use std::collections::BTreeMap;

use api_kit::Context;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::sealed::seal;
use crate::harness::{Person, Room, TestApp};

/// Letters as they are written and as they are compared.
const LETTERS: [(&str, &str); 17] = [
    ("a", "a"),
    ("A", "a"),
    ("á", "a"),
    ("b", "b"),
    ("e\u{301}", "e"),
    ("É", "e"),
    ("ß", "ss"),
    ("s", "s"),
    ("漢", "漢"),
    ("字", "字"),
    ("が", "が"),
    ("か", "か"),
    ("👍", "👍"),
    ("🏽", "🏽"),
    ("-", "-"),
    ("%", "%"),
    (" ", " "),
];

const PEOPLE: usize = 3;
const ROOMS: usize = 4;

/// Letters, by their places in the table.
type Text = Vec<usize>;

#[derive(Clone, Debug)]
enum Step {
    Send(usize, Text),
    Edit(usize, Text),
    Delete(usize),
    /// Somebody comes into a room, or goes.
    Move(usize, usize),
}

#[derive(Clone, Debug)]
struct Case {
    /// Whether who comes sees what was said before.
    history: [bool; ROOMS],
    /// Who is in which room from the beginning.
    members: [[bool; ROOMS]; PEOPLE],
    before: Vec<Step>,
    after: Vec<Step>,
    words: Vec<Vec<Text>>,
}

fn text(longest: usize) -> impl Strategy<Value = Text> {
    prop::collection::vec(0..LETTERS.len(), 1..longest)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..ROOMS, text(12)).prop_map(|(room, text)| Step::Send(room, text)),
        1 => (any::<usize>(), text(12)).prop_map(|(message, text)| Step::Edit(message, text)),
        1 => any::<usize>().prop_map(Step::Delete),
        2 => (0..ROOMS, 0..PEOPLE).prop_map(|(room, person)| Step::Move(room, person)),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let words = prop::collection::vec(prop::collection::vec(text(3), 1..3), 12);
    let steps = || prop::collection::vec(step(), 5..30);
    (any::<[bool; ROOMS]>(), any::<[[bool; ROOMS]; PEOPLE]>(), steps(), steps(), words)
        .prop_map(|(history, members, before, after, words)| Case { history, members, before, after, words })
}

fn written(text: &Text) -> String {
    text.iter().map(|letter| LETTERS[*letter].0).collect()
}

fn compared(text: &Text) -> String {
    text.iter().map(|letter| LETTERS[*letter].1).collect()
}

/// What was said, and who is where since when.
#[derive(Default)]
struct Model {
    /// In order: room, id, and text as it is compared; none once deleted.
    said: Vec<(usize, Uuid, Option<String>)>,
    /// By room and person: how much had been said when they came.
    members: BTreeMap<(usize, usize), usize>,
}

impl Model {
    /// The plain scan: newest first.
    fn finds(&self, person: usize, history: [bool; ROOMS], words: &[Text]) -> Vec<Uuid> {
        let words: Vec<_> = words.iter().map(compared).collect();
        let words: Vec<_> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        let has = |text: &String| words.iter().all(|word| text.contains(word));
        let sees = |place: usize, room: usize| {
            self.members.get(&(room, person)).is_some_and(|since| history[room] || place >= *since)
        };
        let found = self.said.iter().enumerate().rev();
        found
            .filter(|(place, (room, _, text))| sees(*place, *room) && text.as_ref().is_some_and(has))
            .map(|(_, (_, id, _))| *id)
            .collect()
    }
}

/// The people and rooms of a case. The owner of all rooms does everything, and sees everything.
struct Stage<'a> {
    app: &'a TestApp,
    owner: &'a Person,
    people: &'a [Person],
    rooms: Vec<Room>,
    model: Model,
}

impl Stage<'_> {
    async fn play(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Send(room, text) => {
                    let sent = self.owner.sends(&self.rooms[*room], &written(text)).await;
                    self.model.said.push((*room, sent.id, Some(compared(text))));
                }
                Step::Edit(message, text) => {
                    let Some((path, said)) = self.message(*message) else { continue };
                    self.owner.patch(&path, json!({"text": written(text)})).await.expect(200);
                    self.model.said[said].2 = Some(compared(text));
                }
                Step::Delete(message) => {
                    let Some((path, said)) = self.message(*message) else { continue };
                    self.owner.delete(&path).await.expect(204);
                    self.model.said[said].2 = None;
                }
                Step::Move(room, person) => {
                    let (place, who) = (&self.rooms[*room], &self.people[*person]);
                    if self.model.members.remove(&(*room, *person)).is_some() {
                        self.owner.removes(place, who).await;
                    } else {
                        self.owner.adds(place, who).await;
                        self.model.members.insert((*room, *person), self.model.said.len());
                    }
                }
            }
        }
    }

    /// A message that is there, and its place in the model.
    fn message(&self, number: usize) -> Option<(String, usize)> {
        let said = number.checked_rem(self.model.said.len())?;
        let (room, id, text) = &self.model.said[said];
        text.as_ref().map(|_| (self.rooms[*room].path(&format!("/messages/{id}")), said))
    }

    /// How many messages were found in all.
    async fn compare(&self, case: &Case) -> usize {
        self.app.settled().await;
        let mut found = 0;
        for words in case.words.iter().filter(|words| words.iter().any(|word| !compared(word).trim().is_empty())) {
            let question: Vec<_> = words.iter().map(written).collect();
            for (number, person) in self.people.iter().enumerate() {
                let hits = person.searches(&[("q", &question.join(" ")), ("limit", "200")]).await.expect(200);
                let ids: Vec<Uuid> =
                    hits.items().iter().map(|hit| hit["message"]["id"].as_str().unwrap().parse().unwrap()).collect();
                assert_eq!(ids, self.model.finds(number, case.history, words), "{question:?} by {number}");
                assert!(hits.items().iter().all(|hit| !hit["highlights"].as_array().unwrap().is_empty()));
                found += ids.len();
            }
        }
        found
    }
}

async fn plays_out_as_in_the_model(app: &TestApp, owner: &Person, filler: (&Person, &Room), case: &Case) -> usize {
    let mut people = vec![];
    for _ in 0..PEOPLE {
        people.push(app.registers(&Context::ambient().new_id().simple().to_string()).await);
    }
    let mut rooms = vec![];
    for history in case.history {
        let room = owner.creates_room("a room").await;
        let permissions = if history { vec!["send_messages", "view_history"] } else { vec!["send_messages"] };
        owner.patch(&room.path(""), json!({"permissions": permissions})).await.expect(200);
        rooms.push(room);
    }
    let mut stage = Stage { app, owner, people: &people, rooms, model: Model::default() };
    let members =
        case.members.iter().enumerate().flat_map(|(person, rooms)| {
            (0..ROOMS).filter(|room| rooms[*room]).map(move |room| Step::Move(room, person))
        });
    stage.play(&members.collect::<Vec<_>>()).await;
    stage.play(&case.before).await;
    let mut found = stage.compare(case).await;
    seal(app, filler.0, filler.1).await;
    found += stage.compare(case).await;
    stage.play(&case.after).await;
    found + stage.compare(case).await
}

#[test]
fn search_finds_what_a_scan_finds() {
    let runtime = Runtime::new().unwrap();
    let (app, owner, filler, room) = runtime.block_on(async {
        let app = TestApp::without_nats().await;
        let (owner, (filler, room)) = (app.registers("owner").await, app.member_of_a_room("filler").await);
        (app, owner, filler, room)
    });
    let config = Config { cases: 6, max_shrink_iters: 30, failure_persistence: None, ..Config::default() };
    let found = Cell::new(0);
    TestRunner::new(config)
        .run(&case(), |case| {
            found.set(found.get() + runtime.block_on(plays_out_as_in_the_model(&app, &owner, (&filler, &room), &case)));
            Ok(())
        })
        .unwrap();
    assert!(found.get() > 100, "hardly anything was found, {}: this tests nothing", found.get());
    runtime.block_on(app.stop()).unwrap();
}
