//! Which failures of the database are its absence, which are a full disk, and which are bugs.

use super::Problem;

impl From<sqlx::Error> for Problem {
    /// Whatever passes by itself is 503, a full disk 507; the rest is a bug.
    fn from(error: sqlx::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the enum is not exhaustive; whatever is new is a bug of ours"
        )]
        match &error {
            sqlx::Error::Database(database) => match database.code().as_deref() {
                Some(code) => of_state(code)(error),
                None => Self::internal(error),
            },
            // A connection that dies in the middle of a message shows as a protocol error.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

/// The problem of a SQLSTATE.
///
/// Source: PostgreSQL manual, appendix A: classes 08 (connection), 53 (resources), 57P (shutting down), 58 (system),
/// 25006 (a standby), 40 (rolled back), 55P03 and 57014 (a lock or statement timed out).
fn of_state(code: &str) -> fn(sqlx::Error) -> Problem {
    match code {
        "53100" => |error| Problem::OutOfSpace(error.into()),
        "55P03" | "57014" => |_| Problem::Busy,
        "25006" | "25P03" | "25P04" => |error| Problem::unavailable(error),
        _ if code.starts_with("40") => |_| Problem::Busy,
        _ if ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => {
            |error| Problem::unavailable(error)
        }
        _ => |error| Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_503_and_the_rest_a_bug() {
        let slug = |code| of_state(code)(sqlx::Error::RowNotFound).slug();
        assert_eq!(slug("53100"), "out-of-space");
        assert_eq!(slug("53300"), "unavailable");
        assert_eq!(slug("57P01"), "unavailable");
        assert_eq!(slug("57P03"), "unavailable");
        assert_eq!(slug("08006"), "unavailable");
        assert_eq!(slug("25006"), "unavailable");
        assert_eq!(slug("40001"), "busy");
        assert_eq!(slug("57014"), "busy");
        assert_eq!(slug("42703"), "internal");
        assert_eq!(Problem::from(sqlx::Error::PoolTimedOut).slug(), "unavailable");
        assert_eq!(Problem::from(sqlx::Error::RowNotFound).slug(), "internal");
    }
}
