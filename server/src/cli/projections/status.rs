//! `hansard projections status`.

use std::process::ExitCode;

use super::super::{Failed, output::Output};
use super::Needs;

/// Tells how far the read models are behind the log, and which streams could not be projected.
///
/// Exit code 1 if a stream is parked: one of its events could not be projected, and later ones wait for a rebuild by a
/// version that can.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    needs: Needs,
}

impl Status {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let status = self.needs.projector()?.status().await?;
        let mut out = Output::new();
        out.line(format_args!("generation {} serves, in epoch {}", status.generation, status.epoch))?;
        out.line(format_args!("position   {} of {}", status.position, status.head))?;
        out.line(format_args!("behind     {} events, {:.3} s", status.lag_positions(), status.lag_seconds))?;
        for (generation, state) in &status.others {
            out.line(format_args!("generation {generation} is {state}"))?;
        }
        for parked in &status.parked {
            out.line(format_args!(
                "parked     {}-{} at {} ({}, position {}): {}; {} later events wait",
                parked.aggregate_type,
                parked.aggregate_id,
                parked.sequence,
                parked.event_type,
                parked.position,
                parked.reason,
                parked.skipped
            ))?;
        }
        Ok(if status.parked.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
