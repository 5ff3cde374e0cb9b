//! One race: Bob acts in several lines at once until he is refused, while his right to is taken.

use std::ops::AddAssign;

use futures::future::join_all;
use tokio::sync::watch;

use super::doing::Doing;
use super::stage::{Pair, Place, Stage};
use super::taking::Taking;
use crate::harness::Answer;

/// Lines in which Bob acts at once.
pub(super) const LINES: usize = 3;

/// Most attempts of a line before it waits for the right to be taken: as many as there may be reactions.
const ATTEMPTS: usize = 19;

/// What came of the attempts of some races.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Before the right was taken.
    pub(super) accepted: usize,
    /// Refused, asked before the taking was answered: the right went while they were on their way.
    pub(super) overtaken: usize,
    /// Refused, asked after the taking was answered: at least one of each line, whatever happens.
    pub(super) late: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.overtaken += other.overtaken;
        self.late += other.late;
    }
}

/// An answer to Bob, and whether he asked when the taking was answered already.
struct Attempt {
    answer: Answer,
    late: bool,
}

impl Attempt {
    fn accepted(&self) -> bool {
        self.answer.status < 300
    }
}

impl Pair {
    /// Runs one race. The taking starts when some attempts have succeeded, from race to race another number of them;
    /// others are on their way then.
    pub(super) async fn race(&mut self, stage: &Stage, doing: Doing, round: usize) -> Tally {
        let place = &self.meets(stage, doing, round).await;
        let start = place.messages.last().expect("a message for each line").position;
        let (accepted, taken) = (watch::Sender::new(0), watch::Sender::new(None));
        let lines = (0..LINES).map(|line| acts(place, doing, line, &accepted, &taken));
        let taking = async {
            let enough = 1 + round % (2 * LINES);
            accepted.subscribe().wait_for(|accepted| *accepted >= enough).await.unwrap();
            let position = self.takes(place, round).await;
            taken.send_replace(Some(position));
            position
        };
        let (taken, lines) = tokio::join!(taking, join_all(lines));
        let attempts: Vec<Attempt> = lines.into_iter().flatten().collect();

        let mut tally = Tally::default();
        let mut answered = vec![];
        for Attempt { answer, late } in &attempts {
            let told = format!("{:?}, {doing:?}, round {round}, taken at {taken}: {}", self.taking, answer.text);
            if answer.status < 300 {
                let position = answer.position();
                let is_before = position.map_or(doing == Doing::Signal, |position| position < taken);
                assert!(!late && is_before, "at {position:?}, late: {late}; {told}");
                tally.accepted += 1;
                answered.extend(position.filter(|_| doing.is_told()));
            } else {
                assert_eq!((answer.status, answer.problem().unwrap()), self.taking.refusal(), "{told}");
                *if *late { &mut tally.late } else { &mut tally.overtaken } += 1;
            }
        }
        answered.sort_unstable();
        let mut logged = stage.events_by(self.bob.id, start).await;
        // What he took from himself stands there as his own.
        logged.retain(|position| *position != taken);
        assert!(logged.iter().all(|position| *position < taken), "{:?}, {doing:?}, at {logged:?}", self.taking);
        logged.retain(|_| doing.is_told());
        assert_eq!(logged, answered, "{:?}, {doing:?}, round {round}, taken at {taken}", self.taking);
        self.parts(place).await;
        tally
    }
}

/// Acts until it is refused, and once more when the right is known to be taken.
async fn acts(
    place: &Place<'_>,
    doing: Doing,
    line: usize,
    accepted: &watch::Sender<usize>,
    taken: &watch::Sender<Option<i64>>,
) -> Vec<Attempt> {
    let mut attempts = vec![];
    for number in 0..ATTEMPTS {
        let late = taken.borrow().is_some();
        let attempt = Attempt { answer: doing.attempt(place, line, number).await, late };
        let goes_on = attempt.accepted();
        attempts.push(attempt);
        if !goes_on {
            break;
        }
        accepted.send_modify(|accepted| *accepted += 1);
    }
    taken.subscribe().wait_for(Option::is_some).await.unwrap();
    attempts.push(Attempt { answer: doing.attempt(place, line, ATTEMPTS).await, late: true });
    attempts
}

/// The table for who asks for it: of all races of a pair, how many attempts came before the right was taken
/// ([`Tally::accepted`]), and how many were refused: those that were asked before the taking was answered
/// ([`Tally::overtaken`]), and those that were asked after ([`Tally::late`]).
#[expect(clippy::print_stdout, reason = "shown by the longer run")]
pub(super) fn print(rounds: usize, tallies: &[(Taking, Doing, Tally)]) {
    println!("| taken by | done | races | accepted before | refused, asked before | refused, asked after |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    for (taking, doing, Tally { accepted, overtaken, late }) in tallies {
        println!("| {taking:?} | {doing:?} | {rounds} | {accepted} | {overtaken} | {late} |");
    }
}
