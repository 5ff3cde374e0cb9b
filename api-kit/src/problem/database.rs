//! Which failures of the database are its absence, which are a full disk, and which are bugs.

use event_store::Trouble;

use super::Problem;

impl From<sqlx::Error> for Problem {
    /// Whatever passes by itself is 503, a full disk 507; the rest is a bug.
    fn from(error: sqlx::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Away => Self::unavailable(error),
            Trouble::Busy => Self::Busy,
            Trouble::Full => Self::OutOfSpace(error.into()),
            Trouble::Bug => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_503_and_the_rest_a_bug() {
        assert_eq!(Problem::from(sqlx::Error::PoolTimedOut).slug(), "unavailable");
        assert_eq!(Problem::from(sqlx::Error::RowNotFound).slug(), "internal");
    }
}
