//! What is told of a difference is a short story that can be read: seen where the model is otherwise on purpose.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::test_runner::{TestCaseError, TestError};
use proptest_state_machine::ReferenceStateMachine;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::generate::Machine;
use super::play::Stage;
use super::query::Query;
use super::step::{Act, Step};
use super::world::{NAMES, World};
use super::{Rules, STEPS, runner};

/// Cases of which one is bound to show a difference.
const CASES: u32 = 1000;

/// Lines of a story that is read at a glance.
const SHORT: usize = 10;

/// Archived rooms take whatever others take.
fn archives_in_vain(mut world: World, step: &Step) -> World {
    if let Act::ArchiveRoom { .. } | Act::UnarchiveRoom { .. } = step.act {
        return Machine::apply(world, step);
    }
    let archived: Vec<_> = world.rooms.iter().filter(|(_, room)| room.archived).map(|(id, _)| *id).collect();
    for id in &archived {
        world.rooms.get_mut(id).unwrap().archived = false;
    }
    let mut after = Machine::apply(world, step);
    for id in &archived {
        after.rooms.get_mut(id).unwrap().archived = true;
    }
    after
}

/// Nobody gets any further by reading.
fn reads_in_vain(world: World, step: &Step) -> World {
    let read: Vec<_> = world.rooms.iter().map(|(id, room)| (*id, room.read.clone())).collect();
    let mut after = Machine::apply(world, step);
    for (id, read) in read {
        after.rooms.get_mut(&id).unwrap().read = read;
    }
    after
}

/// Whether some steps show that rules are not the model's: by an answer, or in what a step can have changed.
fn is_shown(rules: Rules, world: World, steps: &[Step], played: Option<&AtomicUsize>) -> bool {
    let (mut one, mut other) = (world.clone(), world);
    for (place, step) in steps.iter().enumerate() {
        if let Some(played) = played {
            played.fetch_add(1, Ordering::SeqCst);
        }
        (one, other) = (Machine::apply(one, step), rules(other, step));
        let asked = Query::touched(&one, step, place).into_iter().filter(|(viewer, _)| one.is_here(*viewer));
        let mut alike = asked.map(|(viewer, query)| query.expected(&one, viewer) == query.expected(&other, viewer));
        if one.answers != other.answers || alike.any(|is_alike| !is_alike) {
            return true;
        }
    }
    false
}

/// The case to which one that shows it was shortened.
fn shortest(rules: Rules) -> Vec<Step> {
    let shown = RefCell::new(vec![]);
    let ended = runner(CASES, 0).run(&Machine::sequential_strategy(STEPS), |(world, steps, played)| {
        if !is_shown(rules, world, &steps, played.as_deref()) {
            return Ok(());
        }
        *shown.borrow_mut() = steps;
        Err(TestCaseError::fail("is shown"))
    });
    assert!(matches!(ended, Err(TestError::Fail(..))), "in no case is it shown");
    shown.into_inner()
}

/// Whether an id stands anywhere in a text.
fn has_id(text: &str) -> bool {
    let parts = text.char_indices().filter_map(|(place, _)| text.get(place..place + Hyphenated::LENGTH));
    parts.map(Uuid::try_parse).any(|id| id.is_ok())
}

#[tokio::test]
async fn a_difference_is_told_as_a_short_story_of_people_and_rooms() {
    let others: [(Rules, &str); 2] = [(archives_in_vain, " -> 409 archived"), (reads_in_vain, "/read {")];
    let cases = others.map(|(rules, line)| (rules, line, shortest(rules)));
    let mut stage = Stage::new().await;
    for (rules, line, steps) in cases {
        assert!(steps.len() < SHORT, "{steps:#?}");
        let told = stage.plays(World::new(), &steps, None, rules).await.expect_err("the real one is as the model");
        let (story, difference) = told.split_once("\n\n").unwrap();
        let is_somebody_s = |line: &str| NAMES.iter().any(|name| line.starts_with(&format!("{name}: ")));
        assert!(story.lines().count() <= SHORT && story.lines().all(is_somebody_s), "{told}");
        assert!(story.contains(" /v1/rooms/room ") || story.contains(" /v1/rooms/dialog of "), "{told}");
        assert!(story.contains(line) && difference.contains("was to be "), "{told}");
        assert!(!has_id(&told), "{told}");
    }
    stage.app.stop().await.unwrap();
}
