//! A right that is taken through one process is gone in another in the same moment: no event of who lost it comes
//! after.
//!
//! Each way of taking a right meets each thing that is done with it, in races of two processes that hold the same log.
//! In each race both outcomes occur: it starts with attempts that succeed, and goes on until they are refused. Those
//! prove something that were overtaken: asked while the right was there, and refused because it went first.

mod doing;
mod race;
mod stage;
mod taking;

use futures::future::join_all;

use crate::harness::{Setup, environment};
use doing::Doing;
use race::Tally;
use stage::Stage;
use taking::Taking;

/// Races in which something was overtaken, whatever is raced: of no pair it was less than one attempt in two races.
const ENOUGH: usize = 50;

/// All races of one way of taking a right, one after the other, between two people of their own.
async fn races(stage: &Stage, taking: Taking, rounds: usize) -> Vec<(Taking, Doing, Tally)> {
    let mut pair = stage.pair(taking).await;
    let mut tallies = vec![];
    for &doing in taking.meets() {
        let mut tally = Tally::default();
        for round in 0..rounds {
            tally += pair.race(stage, doing, round).await;
        }
        tallies.push((taking, doing, tally));
    }
    tallies
}

#[tokio::test]
async fn nothing_is_done_with_a_right_that_was_taken() {
    let rounds = environment::race_rounds();
    let setup = Setup::new().await;
    let stage = Stage::new(&setup).await;
    let tallies = join_all(Taking::ALL.map(|taking| races(&stage, taking, rounds))).await;
    for of_one in &tallies {
        let overtaken: usize = of_one.iter().map(|(.., tally)| tally.overtaken).sum();
        assert!(overtaken > 0, "nothing was on its way when the right was taken: {of_one:?}");
        for (taking, doing, tally) in of_one {
            assert!(tally.accepted >= rounds, "{taking:?}, {doing:?}: {tally:?}");
            assert!(tally.overtaken > 0 || rounds < ENOUGH, "{taking:?}, {doing:?}: {tally:?}");
        }
    }
    race::print(rounds, &tallies.concat());
}
