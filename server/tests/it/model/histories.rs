//! Looking back: what random people did is shown again as of any moment of it, by every query of an instance of the past, by
//! tables that are made anew, and to auditors.

use proptest::prelude::any;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::cell::RefCell;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::STEPS;
use super::generate::Machine;
use super::play::{Play, Stage};
use super::query::Query;
use super::step::Step;
use super::world::{Kind, Who, World};
use crate::harness::{Answer, Person, Spawned, TestDatabase, environment};

/// Cases that one application plays. Of fifty people of one name and more, a text names the fifty who came first.
const CASES: u32 = 40;

/// Applications, one after another.
struct Stages {
    stage: Stage,
    left: u32,
}

impl Stages {
    async fn new() -> Self {
        Self { stage: Stage::new().await, left: CASES }
    }

    /// The application that plays the next case.
    async fn next(&mut self) -> &mut Stage {
        if self.left == 0 {
            let before = std::mem::replace(self, Self::new().await);
            before.stage.app.stop().await.unwrap();
        }
        self.left -= 1;
        &mut self.stage
    }
}

/// What had become of everything at a moment.
struct Moment {
    position: i64,
    world: World,
}

/// The past of a moment, served.
struct Past {
    served: Spawned,
    database: TestDatabase,
    auditor: Person,
    position: i64,
}

impl Past {
    async fn of(play: &Play<'_>, auditor: &Person, position: i64) -> Self {
        let database = TestDatabase::copied().await;
        let flags = [format!("--as-of={position}"), format!("--past-database-url={}", database.url)];
        let served = Spawned::serve(play.setup(), &[&*flags[0], &*flags[1], "--read-only", "--reason=x"]).await;
        Self { served, database, auditor: auditor.clone(), position }
    }

    async fn shows(&self, viewer: Uuid, path: &str) -> Answer {
        let asked = self.auditor.at(&self.served.url).request("GET", path).header("view-as", viewer.to_string());
        asked.header("audit-reason", "x").header("min-event-position", self.position.to_string()).patiently().await
    }
}

impl Stage {
    /// Plays a case, and looks back at one of its moments.
    async fn looks_back(&mut self, mut world: World, steps: &[Step], place: usize) -> Result<(), String> {
        let auditor = self.auditor().await;
        let mut play = self.begins().await;
        let mut moments = vec![];
        for step in steps {
            let (before, head) = (world.clone(), play.head());
            world = Machine::apply(world, step);
            let done = play.does(&before, &world, step).await;
            done.map_err(|difference| format!("{}\n\n{difference}", play.told()))?;
            // Whom a text names is looked up in the read models.
            play.settles().await;
            if play.head() > head {
                moments.push(Moment { position: play.head(), world: world.clone() });
            }
        }
        if moments.is_empty() {
            return Ok(());
        }
        let moment = moments.swap_remove(place % moments.len());
        let past = Past::of(&play, &auditor, moment.position).await;
        let looked = looks(&mut play, &past, &moment, &world).await;
        looked.map_err(|difference| format!("{}\n\nas of {}: {difference}", play.told(), moment.position))
    }
}

async fn looks(play: &mut Play<'_>, past: &Past, then: &Moment, now: &World) -> Result<(), String> {
    let shown = then.world.looked_back_at(now);
    // Who was there then, and is erased since, saw it: the model knows of nobody who sees without being there.
    let stays = |who: Who| shown.people[who].erased == then.world.people[who].erased;
    for (viewer, query) in Query::all(&shown).into_iter().filter(|(viewer, _)| stays(*viewer)) {
        let path = query.path(play);
        let answer = past.shows(play.person(viewer), &path).await;
        play.finds(&shown, viewer, query, &answer)?;
    }
    for (number, room) in &then.world.rooms {
        let place = (play.room_id(*number), room.kind);
        for viewer in room.members.keys() {
            let saw = !room.closed && then.world.is_here(*viewer);
            to_auditors(play, past, place, *viewer, saw).await?;
        }
    }
    tables(play, past).await
}

/// What a member saw is what auditors are told that they saw: nothing, if the room was closed, or they could not sign in.
async fn to_auditors(
    play: &Play<'_>,
    past: &Past,
    (room, kind): (Uuid, Kind),
    viewer: Who,
    saw: bool,
) -> Result<(), String> {
    let viewer = play.person(viewer);
    let path = format!("/v1/audit/rooms/{room}/messages?limit=200&as_of={}&member={viewer}", past.position);
    let told = past.auditor.request("GET", &path).header("audit-reason", "x").patiently().await.expect(200);
    let shown = past.shows(viewer, &format!("/v1/rooms/{room}/messages?limit=200")).await;
    let saw = if saw { shown.expect(200).items().to_vec() } else { vec![] };
    let (saw, told) = (said(&saw, kind), said(told.items(), kind));
    if saw == told { Ok(()) } else { Err(format!("{viewer} saw {saw:#?} in {room}, and auditors are told {told:#?}")) }
}

/// The fields of messages that are shown alike to members and to auditors.
fn said(messages: &[Value], kind: Kind) -> Vec<Value> {
    let one = |message: &Value| {
        // Of a secret room members are shown what does not open as deleted.
        let closed = kind == Kind::Secret && message["type"] == "message";
        let gone = closed || message["status"] == "deleted" || message["erased"] == true;
        let count = |reaction: &Value| json!([reaction["emoji"], reaction["count"]]);
        let mut reactions: Vec<_> = message["reactions"].as_array().into_iter().flatten().map(count).collect();
        reactions.sort_by_key(ToString::to_string);
        json!({
            "id": message["id"], "gone": gone, "sender_id": message["sender_id"], "type": message["type"],
            "text": message["data"]["text"], "event": message["data"]["event"], "position": message["position"],
            "pinned": message["pinned"] == true && !gone, "edited_at": message["edited_at"],
            "reactions": if gone { vec![] } else { reactions },
        })
    };
    messages.iter().map(one).collect()
}

/// Tables that are replayed up to there are those of the instance that serves there.
async fn tables(play: &Play<'_>, past: &Past) -> Result<(), String> {
    let until = past.position.to_string();
    let replayed =
        play.setup().command(["replay", "--until", &until, "--schema", "past_history", "--reason", "x"]).await;
    if !replayed.status.success() {
        return Err(String::from_utf8_lossy(&replayed.stderr).into_owned());
    }
    let then = PgPool::connect_lazy(&past.database.superuser_url).unwrap();
    let (served, made) = (rows(&then, "read_v1").await, rows(play.pool(), "past_history").await);
    then.close().await;
    for (table, rows) in served {
        if made.get(&table) != Some(&rows) {
            return Err(format!("{table} has {rows:#?}, and a replay makes {:#?}", made.get(&table)));
        }
    }
    Ok(())
}

/// The rows of a schema's tables or views, as text, in order.
async fn rows(pool: &PgPool, schema: &str) -> BTreeMap<String, Vec<String>> {
    let names = "select table_name::text from information_schema.tables where table_schema = $1";
    let names: Vec<String> = sqlx::query_scalar(names).bind(schema).fetch_all(pool).await.unwrap();
    let mut all = BTreeMap::new();
    for name in names {
        let sql = format!("select t::text from {schema}.{name} t order by 1");
        all.insert(name, sqlx::query_scalar(&sql).fetch_all(pool).await.unwrap());
    }
    all
}

#[test]
fn every_moment_of_a_history_is_shown_again() {
    let (cases, seed) = environment::history_cases();
    let runtime = Runtime::new().unwrap();
    let stages = RefCell::new(runtime.block_on(Stages::new()));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 50, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    let histories = (Machine::sequential_strategy(STEPS), any::<usize>());
    let ended =
        runner.run(&histories.prop_map(|((world, steps, _), place)| (world, steps, place)), |(world, steps, place)| {
            let mut stages = stages.borrow_mut();
            let looks = async { stages.next().await.looks_back(world, &steps, place).await };
            runtime.block_on(looks).map_err(TestCaseError::fail)
        });
    match ended {
        Ok(()) => {}
        Err(TestError::Fail(story, _)) => panic!("is not shown again:\n\n{story}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    runtime.block_on(stages.into_inner().stage.app.stop()).unwrap();
}
