//! Whether two kinds of requests can be told apart by how long they take.

use crate::median::median;

/// Less is never told apart, in per cent: of a hash some 0.2 ms, which a network hides.
const FLOOR: f64 = 1.0;

/// More is always told apart, in per cent, however noisy the machine is.
const CEILING: f64 = 5.0;

/// What noise may have moved a median by: if values are distributed normally, their median errs by 1.86 times their
/// median distance from it, divided by the root of their number, and by three times that once in 370 runs.
const ERRORS: f64 = 3.0 * 1.86;

/// Milliseconds of four requests, one after the other: one of the one kind, two of the other, one of the one. So each
/// kind comes as often after itself as after the other, and what a request leaves to be done slows both.
pub(super) type Round = [f64; 4];

/// Requests of two kinds, in rounds.
///
/// They are compared within rounds, so that a machine that becomes slower meanwhile is of no account; by logarithms of
/// ratios, so that twice and half as long count the same; and by medians, so that a few that something else delayed
/// matter little.
pub(super) struct Compared {
    /// Milliseconds, of each kind.
    pub(super) medians: [f64; 2],
    /// How much longer one of the one kind takes than one of the other, in per cent: the median.
    longer: f64,
    /// By how much two of the same kind differ, in per cent, which is noise alone: the median.
    noise: f64,
    /// Ratios of which each is the median.
    count: usize,
}

impl Compared {
    pub(super) fn of(rounds: &[Round]) -> Self {
        let per_cent = |one: f64, other: f64| (one / other).ln() * 1e2;
        let across: Vec<_> =
            rounds.iter().flat_map(|round| [per_cent(round[0], round[1]), per_cent(round[3], round[2])]).collect();
        let within =
            rounds.iter().flat_map(|round| [per_cent(round[0], round[3]).abs(), per_cent(round[1], round[2]).abs()]);
        let (noise, count) = (median(within.collect()), across.len());
        let medians = [[0_usize, 3], [1, 2]]
            .map(|places| median(rounds.iter().flat_map(|round| places.map(|place| round[place])).collect()));
        Self { medians, longer: median(across), noise, count }
    }

    /// By how much the kinds differ, in per cent.
    pub(super) fn apart(&self) -> f64 {
        self.longer.abs()
    }

    /// By how much they may, in per cent, to hundredths.
    pub(super) fn most(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some hundred")]
        let by_noise = ERRORS * self.noise / (self.count as f64).sqrt();
        ((FLOOR + by_noise).min(CEILING) * 1e2).round() / 1e2
    }

    /// As rows of a table.
    pub(super) fn print(&self, what: &str) {
        let [one, other] = self.medians;
        println!("| {what}: medians | {one:.1} ms, {other:.1} ms |");
        println!("| the one takes longer by, two of the same differ by | {:.2} %, {:.2} % |", self.longer, self.noise);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of requests that take 18 to 22 ms, one in eighty 200 more, those of the other kind so many times as long.
    fn rounds(times: f64) -> Vec<Round> {
        let random = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let states: Vec<_> = std::iter::successors(Some(1), random).take(640).collect();
        let millis =
            |state: u32| 18.0 + f64::from(state >> 20) / 1024.0 + if (state >> 16) & 0xff < 3 { 200.0 } else { 0.0 };
        let rounds = states.chunks_exact(4).map(|round| {
            let [one, other] = [1.0, times];
            [one * millis(round[0]), other * millis(round[1]), other * millis(round[2]), one * millis(round[3])]
        });
        rounds.collect()
    }

    #[test]
    fn kinds_that_take_as_long_are_not_told_apart() {
        let compared = Compared::of(&rounds(1.0));
        assert!(compared.apart() <= compared.most(), "{} of {}", compared.apart(), compared.most());
    }

    #[test]
    fn a_kind_that_takes_longer_is_told_apart_whichever_it_is() {
        for times in [0.95, 1.05] {
            let compared = Compared::of(&rounds(times));
            assert!(compared.apart() > compared.most(), "{} of {}", compared.apart(), compared.most());
        }
    }
}
