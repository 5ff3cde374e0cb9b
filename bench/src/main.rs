//! Benchmarks: what Hansard does, as ratios against a yardstick measured in the same run.
//!
//! `./dev bench` starts servers for them and hands over where they are.
#![expect(clippy::print_stdout, reason = "the report is what this program is for")]
#![expect(clippy::disallowed_methods, reason = "drivers make their own ids and load")]

mod append;
mod cpu;
mod median;
mod yardstick;

use clap::{Parser, Subcommand};

/// Benchmarks against a running Hansard, as ratios against a yardstick of the same run.
#[derive(Parser)]
struct Arguments {
    /// The run's database, as its owner.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: String,
    /// Rounds of which the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Appends: ours, stock postgres-es, and pgbench's one-row insert, at 1, 16, 64 and 256 writers.
    Append,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    match arguments.what.unwrap_or(What::Append) {
        What::Append => append::run(&arguments.database, arguments.rounds, arguments.seconds).await,
    }
}
