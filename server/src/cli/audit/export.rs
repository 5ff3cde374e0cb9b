//! `hansard audit export`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use api_kit::Context;
use clap::ValueEnum;
use futures::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use query_api::audit;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};

use super::access;
use super::wanted::Wanted;
use crate::cli::Failed;
use crate::cli::operator::Operator;
use crate::cli::output::Output;
use crate::database::Access;

/// How long an export that needs read models waits for them.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:

  hansard audit export --reason 'yearly audit, case 17' --output 2026.ndjson
  hansard audit export --reason 'complaint 4' --room 0190a000-0000-7000-8000-000000000001 --open | jq .opened";

/// Writes the log as auditors get it: events in order, as stored, sealed fields sealed.
///
/// That it was read, why and what, is itself put on record first, as `audit_accessed` by no account; the export ends right
/// before that event. What it holds can be checked against a checkpoint of the log by anyone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Export {
    /// Why the record is read; it is put on record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    format: Format,
    /// Writes to this file, which appears when it is whole, readable by its owner alone; else to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A JSON object a line.
    Ndjson,
    /// CloudEvents 1.0, as one JSON array.
    Cloudevents,
}

/// The read models are needed, and not there.
#[derive(Debug, thiserror::Error)]
#[error(
    "the read models are at position {position} of {end}; they are needed for what is asked: does a projector run?"
)]
struct Behind {
    position: i64,
    end: i64,
}

impl Export {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let filter = self.wanted.filter()?;
        let store = self.operator.open().await?;
        let what = format!("hansard audit export, {filter:?}");
        let end = access::record(&store, &Context::ambient(), &self.reason, &what).await? - 1;
        let pool = self.operator.pool(Access::Reader)?;
        if filter.needs_read_models() {
            seen(&pool, end).await?;
        }
        let format = match self.format {
            Format::Ndjson => audit::Format::Ndjson,
            Format::Cloudevents => audit::Format::CloudEvents,
        };
        let keyring = self.operator.keyring(pool.clone())?;
        let mut pieces = Box::pin(audit::export(pool, keyring, filter, end, format).await?);
        let mut target = Target::open(self.output)?;
        let bar = ProgressBar::new_spinner().with_message("exporting");
        bar.set_style(ProgressStyle::with_template("{msg} {decimal_bytes}, {decimal_bytes_per_sec}")?);
        while let Some(piece) = pieces.try_next().await? {
            target.write(&piece)?;
            bar.inc(piece.len() as u64);
        }
        bar.finish_and_clear();
        target.complete()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Waits until the read models hold everything up to `end`.
async fn seen(pool: &PgPool, end: i64) -> Result<(), Failed> {
    let deadline = Instant::now() + SEEN_WITHIN;
    loop {
        let position: i64 = sqlx::query_scalar("select position from read.checkpoint").fetch_one(pool).await?;
        if position >= end {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Behind { position, end }.into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Where an export goes. A file has another name until it is whole.
enum Target {
    Standard(Output),
    File { file: File, part: PathBuf, whole: PathBuf },
}

impl Target {
    fn open(output: Option<PathBuf>) -> io::Result<Self> {
        let Some(whole) = output else { return Ok(Self::Standard(Output::new())) };
        let mut part = whole.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        Ok(Self::File { file, part, whole })
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Standard(output) => output.write_all(piece),
            Self::File { file, .. } => file.write_all(piece),
        }
    }

    fn complete(self) -> io::Result<()> {
        match self {
            Self::Standard(mut output) => output.flush(),
            Self::File { file, part, whole } => {
                file.sync_all()?;
                std::fs::rename(&part, &whole)?;
                File::open(whole.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))?
                    .sync_all()
            }
        }
    }
}
