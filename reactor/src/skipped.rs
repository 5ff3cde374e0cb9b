//! What cannot be done by a fault of its own is left alone, told once and counted, while all else goes on.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Display;

use metrics::{Gauge, gauge};

use crate::ReactError;

/// So many things that fail in one round fail for what is not theirs: the round ends.
const MOST: usize = 1_000;

/// What one of those that act by themselves leaves alone: `hansard_left_alone`.
pub(crate) struct Skipped {
    by: &'static str,
    gauge: Gauge,
    /// What was told, and did not succeed since.
    told: HashSet<String>,
    /// Of this round.
    round: HashSet<String>,
}

impl Skipped {
    /// Nothing yet.
    pub(crate) fn new(by: &'static str) -> Self {
        let gauge = gauge!("hansard_left_alone", "by" => by);
        Self { by, gauge, told: HashSet::new(), round: HashSet::new() }
    }

    /// A round begins.
    pub(crate) fn begin(&mut self) {
        self.round.clear();
    }

    /// All of it was gone through.
    pub(crate) fn end(&mut self) {
        self.gauge.set(f64::from(u32::try_from(self.round.len()).unwrap_or(u32::MAX)));
        self.told = std::mem::take(&mut self.round);
    }

    /// What came of `thing`; none if it is left alone. An error that others would have too ends the round.
    pub(crate) fn unless<T>(
        &mut self,
        thing: impl Display,
        done: Result<T, impl Into<ReactError>>,
    ) -> Result<Option<T>, ReactError> {
        let error = match done.map_err(Into::into) {
            Ok(done) => return Ok(Some(done)),
            Err(error) if error.is_of_all() || self.round.len() == MOST => return Err(error),
            Err(error) => error,
        };
        let thing = thing.to_string();
        if self.told.insert(thing.clone()) {
            let error = &error as &dyn Error;
            tracing::error!(by = self.by, thing, error, "left alone, as it cannot be done: all else goes on");
        }
        self.round.insert(thing);
        Ok(None)
    }
}

impl Drop for Skipped {
    fn drop(&mut self) {
        self.gauge.set(0.0);
    }
}

#[cfg(test)]
mod tests {
    use domain::refusal::Refusal;

    use super::*;

    fn refused() -> Result<i64, ReactError> {
        Err(ReactError::Refused(Refusal::Archived))
    }

    #[test]
    fn what_fails_by_itself_is_left_alone_and_what_fails_for_all_ends_the_round() {
        let mut skipped = Skipped::new("test");
        assert_eq!(skipped.unless("one", Ok::<_, ReactError>(1)).unwrap(), Some(1));
        assert_eq!(skipped.unless("two", refused()).unwrap(), None);
        assert!(skipped.unless("two", Err::<(), _>(sqlx::Error::PoolTimedOut)).is_err());
        assert_eq!(skipped.unless("three", Err::<(), _>(sqlx::Error::RowNotFound)).unwrap(), None);
    }

    #[test]
    fn it_is_told_once_until_it_succeeds() {
        let mut skipped = Skipped::new("test");
        for _ in 0..3 {
            skipped.begin();
            skipped.unless("two", refused()).unwrap();
            assert!(skipped.told.contains("two"));
            skipped.end();
            assert_eq!(skipped.told.len(), 1, "kept, and so not told again");
        }
        skipped.begin();
        skipped.end();
        assert!(skipped.told.is_empty());
    }

    #[test]
    fn where_too_many_fail_the_round_ends() {
        let mut skipped = Skipped::new("test");
        for number in 0..MOST {
            assert_eq!(skipped.unless(number, refused()).unwrap(), None);
        }
        assert!(skipped.unless("one more", refused()).is_err());
    }
}
