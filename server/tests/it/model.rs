//! The whole domain over HTTP against a plain model of it: random people do random things, and every answer and every
//! query is as the model says.
//!
//! The model (`model/world.rs`, `model/rules.rs`, `model/shown.rs`) is the contract, written down a second time without
//! regard to how it is done. A difference is told as the shortest story that shows it, a line for each request.

mod coverage;
mod generate;
mod histories;
mod names;
mod permissions;
mod play;
mod query;
mod request;
mod rules;
mod shown;
mod sought;
mod step;
mod story;
mod world;

use std::cell::RefCell;
use std::thread;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use tokio::runtime::Runtime;

use crate::harness::environment;
use coverage::Coverage;
use generate::Machine;
use play::Stage;
use step::Step;
use world::World;

/// Steps of a case.
const STEPS: usize = 50;

/// Cases that are played at the same time, each on an application of its own.
const STAGES: usize = 4;

/// Most cases of one application: a search `from:` a name looks at so many people who have it, one of each case.
const NAMESAKES: u32 = 1_000;

/// What a step makes of the world: by the model, or otherwise, to see what is told of it.
type Rules = fn(World, &Step) -> World;

/// Runs so many cases, which `seed` determines; of one that fails it looks for a shorter one.
fn runner(cases: u32, seed: u8) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 250, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// Plays so many cases, which `seed` determines; tells a story where they are not as in the model.
fn plays(cases: u32, seed: u8) -> Result<Coverage, String> {
    let runtime = Runtime::new().unwrap();
    let stage = RefCell::new(runtime.block_on(Stage::new()));
    let ended = runner(cases, seed).run(&Machine::sequential_strategy(STEPS), |(world, steps, played)| {
        let mut stage = stage.borrow_mut();
        runtime.block_on(stage.plays(world, &steps, played, Machine::apply)).map_err(TestCaseError::fail)
    });
    match ended {
        Ok(()) => {}
        Err(TestError::Fail(story, _)) => return Err(story.to_string()),
        Err(TestError::Abort(reason)) => return Err(reason.to_string()),
    }
    let stage = stage.into_inner();
    let verified = runtime.block_on(stage.app.setup.command(["projections", "verify"]));
    if !verified.status.success() {
        return Err(format!("read models differ: {}", String::from_utf8_lossy(&verified.stdout)));
    }
    runtime.block_on(stage.app.stop()).map_err(|failure| failure.to_string())?;
    Ok(stage.coverage)
}

#[test]
fn whatever_people_do_is_answered_and_shown_as_the_contract_says() {
    let (cases, seed) = environment::model_cases();
    let each = cases.div_ceil(u32::try_from(STAGES).unwrap());
    assert!(each <= NAMESAKES, "at most {NAMESAKES} cases for each of {STAGES} applications");
    let stages: Vec<u8> = (0..STAGES).map(|stage| seed + u8::try_from(stage).unwrap()).collect();
    let ended: Vec<_> = thread::scope(|scope| {
        let stages: Vec<_> = stages.into_iter().map(|seed| scope.spawn(move || plays(each, seed))).collect();
        stages.into_iter().map(|stage| stage.join().unwrap()).collect()
    });
    let mut coverage = Coverage::default();
    let mut stories = vec![];
    for ended in ended {
        match ended {
            Ok(counted) => coverage.add(counted),
            Err(story) => stories.push(story),
        }
    }
    assert!(stories.is_empty(), "not as in the model:\n\n{}", stories.join("\n\n\n"));
    coverage.is_whole();
}
