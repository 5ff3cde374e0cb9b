//! Looking back: what random people did is shown again as of any moment of it, by every query of an instance of the
//! past, by tables that are made anew, and to auditors.
//!
//! What the model knows is compared with the model; what it does not, with what was answered when it was now. These
//! moments are the ends of steps. Of any other place, which may be within a command of several events, nobody knows what
//! was shown: there the tables of an instance of the past are those of a replay up to it.

mod auditors;
mod beside;
mod contract;
mod question;
mod seen;

use proptest::prelude::any;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use serde_json::json;
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
use super::world::{ROOT, Who, World};
use crate::harness::request::Request;
use crate::harness::{Answer, Person, Spawned, TestDatabase, environment};
use beside::{Beside, File};
use seen::Seen;

/// Cases that one application plays. Of fifty people of one name and more, a text names the fifty who came first.
const CASES: u32 = 40;

/// Of so many steps one is followed by something that the model knows nothing of.
const BESIDE: usize = 2;

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
    /// What was answered then of which the model knows nothing.
    seen: Vec<Seen>,
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

    /// A question of that moment, as somebody asked it.
    fn asked(&self, viewer: Uuid, path: &str) -> Request {
        let asked = self.auditor.at(&self.served.url).request("GET", path).header("view-as", viewer.to_string());
        asked.header("audit-reason", "x").header("min-event-position", self.position.to_string())
    }

    async fn shows(&self, viewer: Uuid, path: &str) -> Answer {
        self.asked(viewer, path).patiently().await
    }

    /// What an auditor is told where today is served.
    async fn tells(&self, path: &str) -> Answer {
        self.auditor.request("GET", path).header("audit-reason", "x").patiently().await
    }
}

impl Moment {
    /// Now. Something happens at once, since the clock of the past stands at its last event.
    async fn of(play: &Play<'_>, world: &World, files: &[File]) -> Self {
        let settings = json!({"moment": play.names.tag()});
        play.asker(ROOT).put("/v1/users/me/settings", settings).await.expect(204);
        play.settles().await;
        let position = play.head().await;
        Self { position, world: world.clone(), seen: Seen::by_everybody(play, files, position).await }
    }
}

impl Stage {
    /// Plays a case, and looks back at one of its moments, and at any place in it.
    async fn looks_back(&mut self, mut world: World, steps: &[Step], place: usize) -> Result<(), String> {
        let Some(chosen) = place.checked_rem(steps.len()) else { return Ok(()) };
        let auditor = self.auditor().await;
        let mut play = self.begins().await;
        let began = play.head().await;
        let (mut beside, mut moment) = (Beside::begin(&auditor).await, None);
        for (number, step) in steps.iter().enumerate() {
            let before = world.clone();
            world = Machine::apply(world, step);
            let done = play.does(&before, &world, step).await;
            done.map_err(|difference| format!("{}\n\n{difference}", play.told()))?;
            if number.is_multiple_of(BESIDE) {
                beside.goes_on(&mut play, &world).await;
            }
            // Whom a text names is looked up in the read models.
            play.settles().await;
            if number == chosen {
                moment = Some(Moment::of(&play, &world, &beside.files).await);
            }
        }
        let moment = moment.expect("one of the steps was chosen");
        // What is left of the number tells another place: no random number is drawn for it.
        let anywhere = within(began, play.head().await, place / steps.len());
        let past = Past::of(&play, &auditor, moment.position).await;
        let looked = looks(&mut play, &past, &moment, &world).await;
        looked.map_err(|difference| format!("{}\n\nas of {}: {difference}", play.told(), moment.position))?;
        drop(past);
        let past = Past::of(&play, &auditor, anywhere).await;
        // Once it is shown to somebody, it has come as far.
        past.shows(play.person(ROOT), "/v1/users/me").await.expect(200);
        let made = tables(&play, &past).await;
        made.map_err(|difference| format!("{}\n\nas of {anywhere}: {difference}", play.told()))
    }
}

/// One of the positions after one and up to another, by a number.
fn within(after: i64, until: i64, number: usize) -> i64 {
    let places = usize::try_from(until - after).expect("something happened");
    after + 1 + i64::try_from(number % places).expect("a position")
}

async fn looks(play: &mut Play<'_>, past: &Past, then: &Moment, now: &World) -> Result<(), String> {
    let shown = then.world.looked_back_at(now);
    // Who was there then, and is erased since, saw it: the model knows of nobody who sees without being there.
    let stays = |who: Who| shown.people[who].erased == then.world.people[who].erased;
    let asked = Query::all(&shown, play.askers(0, false));
    for (viewer, query) in asked.into_iter().filter(|(viewer, _)| stays(*viewer)) {
        let path = query.path(play);
        let answer = past.shows(play.person(viewer), &path).await;
        play.finds(&shown, viewer, query, &answer)?;
    }
    seen::is_shown_again(play, past, then, now).await?;
    auditors::are_told(play, past, &then.world).await?;
    tables(play, past).await
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
