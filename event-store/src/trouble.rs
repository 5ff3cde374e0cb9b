//! What an error of the database says: one map for whoever writes the log and whoever answers requests.

/// What kind of trouble an error of the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The database is away, or not what it should be for the moment: a standby, a log of another epoch.
    Away,
    /// Others were in the way.
    Busy,
    /// Its disk is full.
    Full,
    /// It refuses what it should never be asked.
    Bug,
}

impl Trouble {
    /// What an error says.
    pub fn of(error: &sqlx::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the enum is not exhaustive; whatever is new is a bug of ours"
        )]
        match error {
            sqlx::Error::Database(database) => database.code().map_or(Self::Bug, |code| of_state(&code)),
            // A connection that dies in the middle of a message shows as a protocol error.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away,
            _ => Self::Bug,
        }
    }
}

/// What a SQLSTATE says.
///
/// Source: PostgreSQL manual, appendix A: classes 08 (connection), 53 (resources), 57 (operator intervention, among it
/// shutting down, and 57014, a statement that took too long), 58 (system), 25006 (a standby), 25P03 and 25P04 (a transaction
/// that was idle or took too long), 28 (who we are is not believed: its settings or our password were changed), 3D000 (the
/// database is not there, while it is restored), 40 (rolled back), 55P03 (a lock that did not come); HS001 is
/// `log.append`'s: another epoch.
fn of_state(code: &str) -> Trouble {
    match code {
        "53100" => Trouble::Full,
        "55P03" | "57014" => Trouble::Busy,
        "25006" | "25P03" | "25P04" | "3D000" | "HS001" => Trouble::Away,
        _ if code.starts_with("40") => Trouble::Busy,
        _ if ["08", "28", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Trouble::Away,
        _ => Trouble::Bug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_told_from_a_bug() {
        let those = |trouble, codes: &[&str]| codes.iter().all(|code| of_state(code) == trouble);
        assert!(those(Trouble::Full, &["53100"]));
        assert!(those(
            Trouble::Away,
            &[
                "08006", "25006", "25P03", "28000", "28P01", "3D000", "53200", "53300", "57P01", "57P03", "58030",
                "HS001"
            ]
        ));
        assert!(those(Trouble::Busy, &["40001", "40P01", "55P03", "57014"]));
        assert!(those(Trouble::Bug, &["22021", "23505", "25001", "42703", "55000", "XX000"]));
        assert_eq!(Trouble::of(&sqlx::Error::PoolTimedOut), Trouble::Away);
        assert_eq!(Trouble::of(&sqlx::Error::RowNotFound), Trouble::Bug);
    }
}
