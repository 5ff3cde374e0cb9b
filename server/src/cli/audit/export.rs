//! `hansard audit export`.

pub(super) mod parquet;
mod plan;
mod target;
mod text;

use std::io::Write;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use api_kit::{Context, Timestamp};
use clap::ValueEnum;
use event_store::{Head, Reader};
use query_api::audit::{Filter, Lines, Pages, SignedHead};
use sqlx::PgPool;
use tokio::time::{Instant, sleep};

use super::manifest::{self, Manifest, Part};
use super::wanted::Wanted;
use crate::access;
use crate::cli::operator::Operator;
use crate::cli::output::Output;
use crate::cli::{Failed, progress};
use crate::database::Access;
use plan::Plan;
use target::Target;

/// How long an export that needs read models waits for them.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

/// How long a checkpoint is waited for that covers what was exported; one is signed at least every second.
const SIGNED_WITHIN: Duration = Duration::from_secs(5);

/// Events read at once: some 2 MB.
const AT_ONCE: u16 = 2000;

const EXAMPLES: &str = "\
Examples:

  hansard audit export --reason 'yearly audit, case 17' --output 2026.ndjson
  hansard audit export --reason 'yearly audit, case 17' --format parquet --output 2026.parquet
  hansard audit export --reason 'complaint 4' --room 0190a000-0000-7000-8000-000000000001 --open | jq .opened";

/// Writes the log as auditors get it: events in order, as stored, sealed fields sealed.
///
/// That it was read, why and what, is itself put on record first, as `audit_accessed` by no account; the export ends right
/// before that event. What it holds can be checked against a checkpoint of the log by anyone.
///
/// With --output a manifest stands beside it, FILE.manifest.json: what was asked for, how many events there are, the SHA-256 of
/// each file and a checkpoint. An export that was broken off is gone on with by the same command, and is then, byte for byte, what it
/// would have been in one go. With --open it begins anew if anything was erased since it was begun.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Export {
    /// Why the record is read; it is put on record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    format: Format,
    /// Writes to this file, which appears when it is whole, readable by its owner alone; else to standard output. Of Parquet it is a
    /// folder of files.
    #[arg(long, value_name = "FILE", required_if_eq("format", "parquet"))]
    output: Option<PathBuf>,
    /// How many events a file of Parquet has.
    #[arg(long, value_name = "NUMBER", default_value = "100000")]
    events_per_file: NonZeroU64,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line.
    Ndjson,
    /// CloudEvents 1.0, as one JSON array.
    Cloudevents,
    /// Apache Parquet: a folder of files.
    Parquet,
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
        let pool = self.operator.pool(Access::Reader)?;
        let head = Reader::new(pool.clone()).head().await?;
        let format = self.format.name();
        // Before anything is opened.
        let destroyed = destroyed(&pool).await?;
        let mut plan = Plan::new(&self.shape(), self.wanted.told(), &self.reason, &head, destroyed);
        if let Some(output) = &self.output {
            plan = plan.or_begun(output)?;
        }
        let what = format!("hansard audit export as {format}, {}", access::on_record(&plan.filter));
        plan.accessed(access::record(&store, &Context::ambient(), &self.reason, &what).await?);
        if filter.needs_read_models() {
            seen(&pool, plan.end).await?;
        }
        // Before anything is read, so that whenever it is, each event has its leaf.
        let signed = signed(&pool, plan.end).await?;
        match &self.output {
            Some(output) => {
                if filter.open && plan.destroyed < destroyed {
                    tracing::warn!(
                        "something was erased since this export was begun: it begins anew, without what was written"
                    );
                    self.begin_anew(output, &mut plan, destroyed)?;
                }
                self.to_file(output, plan, filter, &head, signed, &pool).await?;
            }
            None => self.to_standard_output(filter, &head, plan.end, pool).await?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The format, and all that the bytes depend on besides what is asked for.
    fn shape(&self) -> String {
        match self.format {
            Format::Ndjson | Format::Cloudevents => self.format.name().to_owned(),
            Format::Parquet => format!("{}, {} events a file", self.format.name(), self.events_per_file),
        }
    }

    async fn pages(&self, pool: &PgPool, filter: Filter, end: i64) -> Result<Pages, Failed> {
        let keyring = self.operator.keyring(pool.clone())?;
        Ok(Pages::open(pool.clone(), keyring, filter, end, AT_ONCE).await?)
    }

    async fn to_standard_output(&self, filter: Filter, head: &Head, end: i64, pool: PgPool) -> Result<(), Failed> {
        let Some(format) = self.format.text() else { return Ok(()) };
        let (mut pages, mut lines, mut output) =
            (self.pages(&pool, filter, end).await?, Lines::begin(format, head), Output::new());
        let mut text = vec![];
        loop {
            let page = pages.next().await?;
            let ends = page.is_empty();
            for event in page {
                lines.event(event, &mut text)?;
            }
            if ends {
                lines.end(&mut text);
                output.write_all(&text)?;
                return Ok(output.flush()?);
            }
            output.write_all(&text)?;
            text.clear();
        }
    }

    /// Drops what was opened while there were keys that are destroyed by now; then, so that it is gone whenever this stops, the plan
    /// says which are.
    fn begin_anew(&self, output: &Path, plan: &mut Plan, destroyed: i64) -> std::io::Result<()> {
        match self.format.text() {
            Some(_) => text::discard(output)?,
            None => parquet::discard(output, plan.parts.len())?,
        }
        (plan.destroyed, plan.parts) = (destroyed, vec![]);
        Ok(())
    }

    /// Goes on where `plan` came to. The next page is read while one is written.
    async fn to_file(
        &self,
        output: &Path,
        plan: Plan,
        mut filter: Filter,
        head: &Head,
        signed: Option<SignedHead>,
        pool: &PgPool,
    ) -> Result<(), Failed> {
        plan.keep(output)?;
        let mut target = match self.format.text() {
            Some(format) => Target::text(output, format, head, plan.goes_on())?,
            None => Target::folder(output, self.events_per_file.get(), plan.clone())?,
        };
        let (events, last) = target.done();
        filter.after = filter.after.max(last.unwrap_or_default());
        filter.limit = filter.limit.map(|limit| limit.saturating_sub(events));
        let mut pages = self.pages(pool, filter, plan.end).await?;
        let (bar, span) = (progress::bar("exporting"), pages.span());
        bar.set_length((span.until - span.after).max(0).cast_unsigned());
        let mut page = pages.next().await?;
        while let Some(last) = page.last().map(|event| event.position) {
            let taking = tokio::task::spawn_blocking(move || target.take(page));
            let (next, taken) = tokio::join!(pages.next(), taking);
            target = taken??;
            bar.set_position((last - span.after).cast_unsigned());
            page = next?;
        }
        bar.finish_and_clear();
        let files = target.complete()?;
        manifest::write(&Manifest::beside(output), &self.manifest(&plan, files, signed, pool).await?)?;
        if self.format.text().is_some() {
            text::name(output)?;
        }
        Ok(std::fs::remove_file(Plan::beside(output))?)
    }

    async fn manifest(
        &self,
        plan: &Plan,
        files: Vec<Part>,
        signed: Option<SignedHead>,
        pool: &PgPool,
    ) -> Result<Manifest, Failed> {
        let mut manifest = Manifest {
            format: self.format.name().to_owned(),
            filter: plan.filter.clone(),
            reason: plan.reason.clone(),
            by: "operator".to_owned(),
            accesses: plan.accesses.clone(),
            origin: plan.origin,
            epoch: plan.epoch,
            end: plan.end,
            began_at: plan.began_at.clone(),
            ended_at: Timestamp(Context::ambient().now()).to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            events: files.iter().map(|file| file.events).sum(),
            first_position: files.iter().find_map(|file| file.first_position),
            last_position: files.iter().rev().find_map(|file| file.last_position),
            files,
            checkpoint: None,
            consistency: None,
        };
        if let Some(head) = signed {
            if let Some(last) = manifest.last_position.filter(|_| manifest.is_whole()) {
                manifest.consistency = Some(head.consistency(pool, last).await?);
            }
            manifest.checkpoint = Some(head.note);
        }
        Ok(manifest)
    }
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Cloudevents => "cloudevents",
            Self::Parquet => "parquet",
        }
    }

    /// The form of its lines, if it has any.
    fn text(self) -> Option<query_api::audit::Format> {
        match self {
            Self::Ndjson => Some(query_api::audit::Format::Ndjson),
            Self::Cloudevents => Some(query_api::audit::Format::CloudEvents),
            Self::Parquet => None,
        }
    }
}

/// Waits until the read models hold everything up to `end`.
pub(super) async fn seen(pool: &PgPool, end: i64) -> Result<(), Failed> {
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

/// The number of the newest destruction of a key.
async fn destroyed(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select coalesce(max(destroyed_as), 0) from keys.key").fetch_one(pool).await
}

/// A head that covers everything up to `end`, once there is one; none where nobody signs.
async fn signed(pool: &PgPool, end: i64) -> Result<Option<SignedHead>, sqlx::Error> {
    let deadline = Instant::now() + SIGNED_WITHIN;
    loop {
        let head = SignedHead::covering(pool, end).await?;
        if head.is_some() || SignedHead::covering(pool, 0).await?.is_none() || Instant::now() >= deadline {
            return Ok(head);
        }
        sleep(Duration::from_millis(50)).await;
    }
}
