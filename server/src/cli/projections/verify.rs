//! `hansard projections verify`.

use std::process::ExitCode;

use super::super::{Failed, output::Output, progress};
use super::{Needs, on};

/// Replays the log beside the read models that serve, and compares every table of both.
///
/// Exit code 0 if they are equal; 1 if not, with the first difference. May run beside serving processes, one at a time;
/// needs room for a second copy of the read models until it ends.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    needs: Needs,
}

impl Verify {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let projector = self.needs.projector()?;
        let bar = progress::bar("replaying");
        let report = projector.verify(&mut on(&bar)).await;
        bar.finish_and_clear();
        let report = report?;
        let mut out = Output::new();
        for table in &report.tables {
            out.line(format_args!("{:<16} {:>9} rows  sha256:{}", table.table, table.rows, table.sha256))?;
        }
        if let Some(difference) = &report.difference {
            out.line(format_args!("{difference}"))?;
            return Ok(ExitCode::FAILURE);
        }
        out.line(format_args!(
            "generation {} equals a replay of the log up to position {}",
            report.generation, report.position
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
