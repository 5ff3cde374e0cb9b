//! Benchmarks: what Hansard does, as ratios against a yardstick measured in the same run.
//!
//! `./dev bench` starts servers for them and hands over where they are.
#![expect(clippy::print_stdout, reason = "the report is what this program is for")]
#![expect(clippy::disallowed_methods, reason = "drivers make their own ids and load")]

mod append;
mod call;
mod cpu;
mod ended;
mod files;
mod growth;
mod http;
mod import;
mod load;
mod login;
mod median;
mod people;
mod record;
mod sealing;
mod search;
mod send;
mod slack;
mod sockets;
mod target;
mod yardstick;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use target::Targets;

/// As the server has it: its parts are measured in here too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks against a running Hansard, as ratios against a yardstick of the same run.
#[derive(Parser)]
struct Arguments {
    /// The run's database, as its owner.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: String,
    /// Where the run serves.
    #[arg(long, env = "HANSARD_LISTEN")]
    address: String,
    /// The program that serves, whose CPU time is counted.
    #[arg(long, env = "HANSARD_BIN")]
    binary: String,
    /// Rounds of which the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Messages among which is searched, of a large room, and of an import while nothing serves.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    #[command(flatten)]
    size: import::Size,
    /// Members of a large room.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// Events of a log that is exported, checked and projected anew.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// MiB of a file that is uploaded and downloaded.
    #[arg(long, default_value_t = 1024)]
    mib: u64,
    /// How often a transfer is cut.
    #[arg(long, default_value_t = 20)]
    cuts: usize,
    /// Folder of the Slack export that is imported; unless said, `../shared/data/slack-export` from the checkout on.
    #[arg(long, value_name = "DIR")]
    slack: Option<PathBuf>,
    /// What is measured; everything unless said.
    what: Vec<What>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Appends: ours, stock postgres-es, and pgbench's one-row insert, at 1, 16, 64 and 256 writers.
    Append,
    /// `SendMessage` over HTTP, and the lag until what was answered is seen.
    Send,
    /// `ListMessages` over HTTP.
    List,
    /// Search, after filling: minutes.
    Search,
    /// What operations cost in a large room against an empty one, and importing it: minutes.
    Growth,
    /// A flood of logins, and what wrong ones take.
    Login,
    /// Files: transfers that are cut and go on, by clients that are fetched for it, and whole ones.
    Transfer,
    /// Streams: what an idle one takes, deliveries a second, delay, readers that stop, and how soon all are back after a break.
    Sockets,
    /// What the record costs: a sealer alone catches up with a log that nobody has sealed, and follows it. And how long no
    /// checkpoint is made.
    Sealing,
    /// The record of a long log: exporting and checking it, projecting it anew, proofs, and a room as it was: minutes.
    Record,
    /// A call with video between two pages of a browser that is fetched for it.
    Call,
    /// The import of a real Slack export beside the server.
    Slack,
    /// An import while nothing serves; the last, as it stops the server.
    Import,
}

/// What drivers need to know.
struct Run {
    database: String,
    address: String,
    binary: String,
    rounds: usize,
    time: Duration,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments {
        database,
        address,
        binary,
        rounds,
        seconds,
        messages,
        size,
        members,
        events,
        mib,
        cuts,
        slack,
        mut what,
    } = Arguments::parse();
    let is_all = what.is_empty();
    if is_all {
        what.extend(What::value_variants());
    }
    let run = Run { database, address, binary, rounds, time: Duration::from_secs(seconds) };
    let mut targets = Targets::default();
    for what in what {
        match what {
            What::Append => append::run(&run.database, rounds, seconds, &mut targets).await?,
            What::Send => send::send(&run, &mut targets).await?,
            What::List => send::list(&run).await?,
            What::Search => search::search(&run, messages, &mut targets).await?,
            What::Growth => growth::growth(&run, members, messages, &mut targets).await?,
            What::Login => login::login(&run, &mut targets).await?,
            What::Transfer => files::files(&run, mib, cuts).await?,
            What::Sockets => sockets::sockets(&run).await.map_err(|error| error as Box<dyn std::error::Error>)?,
            What::Sealing => sealing::sealing(&run, &mut targets).await?,
            What::Record => record::record(&run, events, &mut targets).await?,
            What::Call => call::call(&run).await?,
            What::Slack => slack::slack(&run, slack.clone(), !is_all, &mut targets).await?,
            What::Import => import::import(&run, messages, size, &mut targets).await?,
        }
        println!();
    }
    targets.met()
}
