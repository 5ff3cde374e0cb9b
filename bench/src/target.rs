//! Targets: what is measured worse ends the benchmarks with an error, once all of them are done.

type Failed = Box<dyn std::error::Error>;

/// Which targets were missed, and by how much.
#[derive(Default)]
pub(crate) struct Targets(Vec<String>);

impl Targets {
    /// What is measured is to be at most so much. A yardstick of the same run tells a slow machine from a slow program.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, most: f64, yardstick: &str) {
        self.unless(measured <= most, what, measured, &format!("{most} at most; {yardstick}"));
    }

    /// As [`Targets::at_most`], at least so much.
    pub(crate) fn at_least(&mut self, what: &str, measured: f64, least: f64, yardstick: &str) {
        self.unless(measured >= least, what, measured, &format!("{least} at least; {yardstick}"));
    }

    /// What could not be measured is missed.
    pub(crate) fn left_out(&mut self, what: &str, why: &str) {
        self.0.push(format!("{what}: left out, as {why}"));
    }

    /// What is no number compares with nothing, so that it is missed too.
    fn unless(&mut self, met: bool, what: &str, measured: f64, target: &str) {
        if !met {
            self.0.push(format!("{what}: {measured:.2} (is to be {target})"));
        }
    }

    /// Fails unless all were met.
    pub(crate) fn met(self) -> Result<(), Failed> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("missed: {}", self.0.join("; ")).into()) }
    }
}
