//! `hansard import mattermost`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use api_kit::Context;
use command_api::accounts::{Accounts, Hasher};
use indicatif::ProgressBar;

use super::super::Failed;
use super::super::operator::Operator;
use super::super::output::Output;
use super::super::progress;
use super::files::Files;
use crate::import::{self, Applied, Bad, Export, Importer, Watch};

#[derive(Debug, clap::Args)]
pub(super) struct Mattermost {
    /// The file of JSON lines.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Reads and counts, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    operator: Operator,
}

impl Mattermost {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let mut reading = Reading { bar: progress::bar("bytes read"), output: Output::new() };
        reading.bar.set_length(std::fs::metadata(&self.file).map_or(0, |file| file.len()));
        let read = import::mattermost(&self.file, self.files.folder()?, !self.dry_run, &mut reading);
        reading.bar.finish_and_clear();
        let (mut export, mut output) = (read?, reading.output);
        let counts = &export.counts;
        output.line(format_args!(
            "read {} facts: {} messages in {} rooms; {} lines bad",
            counts.facts, counts.messages, counts.rooms, counts.bad
        ))?;
        self.files.counted((counts.files, counts.files_here), &mut output)?;
        for (what, number) in &counts.skipped {
            output.line(format_args!("left out {number} {what}: there is nothing here that they become"))?;
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        let applied = self.tell(&mut export, &mut output).await?;
        output.line(format_args!("added {}, known before {}", applied.added, applied.known))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn tell(&self, export: &mut Export, output: &mut Output) -> Result<Applied, Failed> {
        let (store, context) = (self.operator.open().await?, Context::ambient());
        let accounts = Accounts::open(store.clone(), Hasher::new(context.clone())).await?;
        let bar = progress::bar("facts");
        bar.set_length(export.counts.facts as u64);
        let told = |facts: usize| bar.inc(facts as u64);
        let importer = Importer::new(store, accounts, context, &told).with_files(self.files.keeping().await?);
        let applied = importer.whole(export).await;
        bar.finish_and_clear();
        super::tell_apart(&importer, output)?;
        Ok(applied?)
    }
}

/// Tells how far the reading is.
struct Reading {
    bar: ProgressBar,
    output: Output,
}

impl Watch for Reading {
    fn bad(&mut self, bad: &Bad) -> io::Result<()> {
        let output = &mut self.output;
        self.bar.suspend(|| output.line(format_args!("passed over: {bad}")))
    }

    fn read(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }
}
