//! What was, if that is to be served.

use super::{Database, Secret};

/// A past that is served.
#[derive(Clone, Debug)]
pub struct Past {
    /// As of this position.
    pub as_of: i64,
    /// Why; it is put on record.
    pub reason: String,
    /// Where its log and its read models are.
    pub database_url: Secret,
}

/// What is told to serve it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The past")]
pub struct PastFlags {
    /// Serves everything as it was at this position, for auditors. Needs --read-only, --reason and --past-database-url; plays no roles.
    ///
    /// That it was copied, and why, is put on record before anything is, at each start. Who asks is an auditor of today, says why in Audit-Reason, and is on record before anything is shown; in View-As they
    /// say whom they look as. What was erased since stays erased, what is erased meanwhile is hidden at once, and of
    /// secret rooms nothing is shown.
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(0..), requires = "read_only", requires = "reason", requires = "past_database_url")]
    as_of: Option<i64>,

    /// Says that no command is taken: each is answered 403 `read-only`. Needed with --as-of, and of use there alone.
    #[arg(long, requires = "as_of")]
    read_only: bool,

    /// Why the past is copied and served; it is put on record. Needed with --as-of, and of use there alone.
    #[arg(long, value_name = "TEXT", requires = "as_of")]
    reason: Option<String>,

    /// An empty database for a copy of the log up to there and for its read models, or the one of an earlier start with the same
    /// position. Whose it is may make roles, as the owner of the first may. Drop it when it is not needed any more.
    #[arg(long, env = "HANSARD_PAST_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    past_database_url: Option<Secret>,
}

impl PastFlags {
    /// The past, if one is asked for.
    pub fn past(&self) -> Option<Past> {
        let (as_of, reason) = self.as_of.zip(self.reason.clone())?;
        Some(Past { as_of, reason, database_url: self.past_database_url.clone()? })
    }
}

impl Past {
    /// Its database, which is waited for as long as the other.
    pub(crate) fn database(&self, today: &Database) -> Database {
        Database { database_url: self.database_url.clone(), database_wait: today.database_wait }
    }
}
