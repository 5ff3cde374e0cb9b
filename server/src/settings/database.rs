//! The database and how many connections to it are kept.

use std::time::Duration;

use super::{
    Secret,
    quantity::{duration, lasting},
};

/// Where the log, the keys and the read models are.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct Database {
    /// PostgreSQL, as postgres://USER:PASSWORD@HOST:PORT/NAME, with `?sslmode=verify-full` and such at its end.
    ///
    /// `hansard migrate` needs the owner of the database, who may make roles the first time. Serving needs a user who
    /// is a member of the roles `hansard_writer`, `hansard_projector`, `hansard_sealer` and `hansard_reader`, of which each part of the process
    /// takes the one that it plays; the owner is. The password had better come from the environment than from a
    /// command line, which everyone on the machine can read.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Secret,

    /// How long a start waits for a database that does not answer yet; a number with a unit: ms, s, min, h.
    #[arg(long, env = "HANSARD_DATABASE_WAIT", value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub database_wait: Duration,
}

/// How long migrations hold others up.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct LockWait {
    /// How long a migration waits for a lock that others hold; a number with a unit: ms, s, min, h.
    ///
    /// Meanwhile whoever needs the same waits behind it. Then it lets them go first for as long, and tries again, three
    /// times in all. If that is not enough, find who holds the lock in `pg_stat_activity`, or choose a quieter hour.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = lasting)]
    pub lock_wait: Duration,
}

/// How many connections each part of a process may hold.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct Pools {
    /// Most connections for commands, besides the one that appends.
    ///
    /// Commands are decided from memory and appended together over one connection, so few are needed.
    #[arg(long, env = "HANSARD_COMMAND_CONNECTIONS", value_name = "NUMBER", default_value_t = 16)]
    pub command_connections: u32,

    /// Most connections for queries.
    ///
    /// About four for each core of PostgreSQL's machine: more answer nothing sooner, and take turns from commands when
    /// thousands of clients ask at once.
    #[arg(long, env = "HANSARD_QUERY_CONNECTIONS", value_name = "NUMBER", default_value_t = 8)]
    pub query_connections: u32,
}
